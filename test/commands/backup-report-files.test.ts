import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { listSavedReports } from '../../src/backups/store.ts'
import { openDatabase } from '../../src/db/open.ts'
import { startBackups } from './backup-start.ts'

const report = ['backup', 'report', '--client', 'data']

test('a page is written besides the report, and the record says where it lies', async (t) => {
  const { msp, home, addPlans } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  const file = join(home, 'page.html')
  const { exitCode, stdout, stderr } = await msp(...report, '--html', file)
  assert.deepEqual([exitCode, stdout[0], stderr.at(-1)], [0, 'Latest backup report: 1 job, all successful, 10 GB total', `Wrote ${file}.`])
  const page = readFileSync(file, 'utf8')
  assert.match(page, /PC1/)
  const [{ requestData, responseData }] = (await msp('record', 'list', '--type', 'msp_backups_report', '--json')).json()
  assert.deepEqual(
    [requestData, responseData],
    [
      { customer: 'Dataforth', date: '2026-01-15', format: 'html' },
      {
        report_url: pathToFileURL(file).href,
        file_size_bytes: Buffer.byteLength(page),
        summary: { total_jobs: 1, successful: 1, failed: 0, total_size_gb: 10 },
      },
    ],
  )
})

test('with --json the document is all that is on stdout, and a file is written all the same', async (t) => {
  const { msp, home, addPlans } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  const file = join(home, 'page.html')
  const result = await msp(...report, '--json=client,totals', '--html', file)
  assert.deepEqual([result.json().client, result.stderr, existsSync(file)], ['Dataforth', [`Wrote ${file}.`], true])
})

test('a report is recorded each time with its figures, whatever its form', async (t) => {
  const { msp, addPlans, pass } = await startBackups(t)
  const [, failed] = addPlans('Dataforth', 'PC1', 'PC2')
  Object.assign(failed ?? {}, { Status: 2, TotalData: 1.5 * 1024 ** 3 })
  await msp(...report)
  pass(24)
  await msp(...report, '--date', 'yesterday', '--json')
  const rows = (await msp('record', 'list', '--type', 'msp_backups_report', '--json=requestData,responseData')).json()
  const summary = { total_jobs: 2, successful: 1, failed: 1, total_size_gb: 11.5 }
  assert.deepEqual(rows, [
    { requestData: { customer: 'Dataforth', date: '2026-01-15', format: 'json' }, responseData: { summary } },
    { requestData: { customer: 'Dataforth', date: '2026-01-15', format: 'text' }, responseData: { summary } },
  ])
})

test('the page is opened in the browser, out of a file that only its user can read', async (t) => {
  const opened: string[] = []
  const browse = async (url: string) => opened.push(url) > 0
  const { msp, home, addPlans } = await startBackups(t, { browse })
  addPlans('Dataforth', 'PC1')
  const { stderr } = await msp(...report, '--open')
  const [url = ''] = opened
  assert.deepEqual(stderr.at(-1), `The page is open in the browser: ${url}`)
  const path = new URL(url).pathname
  assert.deepEqual([path.startsWith(home), statSync(path).mode & 0o777], [true, 0o600])
  const file = join(home, 'page.html')
  await msp(...report, '--open', '--html', file)
  assert.equal(opened[1], pathToFileURL(file).href)
})

test('a report is saved to the session of its client, whole', async (t) => {
  const { msp, home, addPlans } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  const { id } = (await msp('session', 'start', '--client', 'Dataforth', '--json')).json()
  const result = await msp(...report, '--save', '--json')
  assert.deepEqual([result.exitCode, result.stderr], [0, ['Saved to the session for Dataforth.']])
  const db = await openDatabase({ engine: 'sqlite', path: `${home}/data/msp.sqlite` })
  try {
    const [{ id: _, createdAt: __, clientId: ___, takenAt, body, ...saved } = assert.fail(), ...others] = await listSavedReports(db, id)
    const { writes: ____, ...printed } = result.json()
    assert.deepEqual(
      [saved, takenAt.toISOString(), JSON.parse(body), others],
      [{ sessionId: id, reportDate: '2026-01-15', createdBy: 'mike@example.com' }, printed.takenAt, printed, []],
    )
  } finally {
    await db.destroy()
  }
})

test('without a session, or with one for another client, nothing is saved and nobody is asked', async (t) => {
  const { msp, sandbox, addPlans } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  const before = sandbox.requests.length
  const without = await msp(...report, '--save')
  await msp('client', 'add', 'Acme')
  await msp('session', 'start', '--client', 'Acme')
  const asked = sandbox.requests.length
  const other = await msp(...report, '--save')
  assert.deepEqual([without.exitCode, without.stdout], [5, []])
  assert.deepEqual(other, {
    exitCode: 1,
    stdout: [],
    stderr: ['The report is of Dataforth, the session is for Acme.', 'Start one for that client: msp session start --client Dataforth'],
  })
  assert.deepEqual([before, sandbox.requests.length], [before, asked])
})

test('a file that cannot be written is refused before anybody is asked, and nothing is written', async (t) => {
  const { msp, home, sandbox, addPlans } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  const [folder, missing] = [join(home, 'pages'), join(home, 'missing', 'page.html')]
  mkdirSync(folder)
  const kept = join(folder, 'kept.html')
  writeFileSync(kept, 'as it was')
  const link = join(folder, 'link.html')
  symlinkSync(kept, link)
  const before = sandbox.requests.length
  for (const [words, exitCode, stderr] of [
    [['--html', folder], 2, [`${folder} is no file that could be written.`, 'Name a file.']],
    [['--html', link], 2, [`${link} is a link, and no report is written through one.`, `Name the file itself: readlink -f ${link}`]],
    [['--html', missing], 1, [`${missing} cannot be written.`, `See who may write there: ls -ld ${join(home, 'missing')}`]],
    [['--html', join(folder, 'a'), '--csv', join(folder, 'x', '..', 'a')], 2, ['Two formats would go to one file.']],
    [['--csv', kept, '--html', missing], 1, [`${missing} cannot be written.`, `See who may write there: ls -ld ${join(home, 'missing')}`]],
  ] as const) {
    assert.deepEqual(await msp(...report, ...words), { exitCode, stdout: [], stderr })
  }
  assert.deepEqual(
    [sandbox.requests.length, readdirSync(folder), readFileSync(kept, 'utf8')],
    [before, ['kept.html', 'link.html'], 'as it was'],
  )
})

test('when the vendor cannot be asked a file that was there stays as it was', async (t) => {
  const { msp, home, breakVendor } = await startBackups(t)
  const file = join(home, 'page.html')
  writeFileSync(file, 'as it was')
  breakVendor()
  assert.equal((await msp(...report, '--html', file)).exitCode, 1)
  assert.equal(readFileSync(file, 'utf8'), 'as it was')
  assert.deepEqual((await msp('record', 'list', '--type', 'msp_backups_report', '--json')).json(), [])
})
