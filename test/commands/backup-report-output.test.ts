import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { toFileName } from '../../src/commands/backup/output.ts'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { nasId, now, startWorking } from '../clients/working.ts'
import { startMailServer } from '../support/mail-server.ts'
import { popplerTest, readPages } from '../support/poppler.ts'
import { startBackups } from './backup-start.ts'
import { connectMail } from './mail-start.ts'

const report = ['backup', 'report', '--client', 'Dataforth'] as const
const onThisMachine = ['--public-url', 'http://127.0.0.1', '--listen', '127.0.0.1:0'] as const
/** How often the list of plans was read since the key was tried. */
const readsOf = ({ requests }: Pick<Sandbox, 'requests'>) => requests.filter(({ path }) => path === 'Monitoring').length - 1
const pdfName = 'dataforth_backup_report_2026-01-15.pdf'

popplerTest('the page, the PDF and the table say what --json says', async (t) => {
  const { msp, home } = await startWorking(t)
  await msp('client', 'add', 'Grabb & Durando')
  const [html, pdf, csv] = ['page.html', 'report.pdf', 'table.csv'].map((name) => join(home, name)) as [string, string, string]
  const result = await msp('backup', 'report', '--client', 'grabb', '--html', html, '--pdf', pdf, '--csv', csv, '--json')
  assert.equal(result.exitCode, 0)
  const { totals, plans } = result.json()
  const text = readPages(readFileSync(pdf)).flat().join(' ')
  const page = readFileSync(html, 'utf8')
  for (const { computer, plan } of plans)
    for (const made of [text, page]) assert.ok(made.includes(computer) && made.includes(plan), computer)
  assert.deepEqual([totals.totalJobs, plans.length, readFileSync(csv, 'utf8').trimEnd().split('\r\n').length], [7, 7, 8])
  for (const words of ['7 jobs, 1 failed, 1 overdue, 1 never ran, 1 unknown, 1 with a warning, 1 running, 1 successful, 230 GB total'])
    for (const made of [text, page]) assert.ok(made.replace(/\s+/g, ' ').includes(words), words)
})

test('a report is recorded with its file, however it came about', async (t) => {
  const { msp, home } = await startWorking(t)
  const path = join(home, 'page.html')
  assert.equal((await msp(...report, '--html', path)).exitCode, 0)
  const [record] = (await msp('record', 'list', '--type', 'msp_backups_report', '--json=requestData,responseData')).json()
  assert.deepEqual(record, {
    requestData: { customer: 'Dataforth', date: '2026-01-15', format: 'html' },
    responseData: {
      report_url: pathToFileURL(path).href,
      file_size_bytes: readFileSync(path).length,
      summary: { total_jobs: 5, successful: 5, failed: 0, total_size_gb: 245 },
    },
  })
})

test('--attach hangs the PDF on the ticket, once, and nothing of it stays here', async (t) => {
  const { msp, sandbox, home } = await startWorking(t)
  const first = await msp(...report, '--attach', 'T12345', ...onThisMachine, '--yes')
  assert.deepEqual([first.exitCode, first.stderr.at(-1)], [0, 'Attached the report to T12345.'])
  const again = await msp(...report, '--attach', 'T12345', ...onThisMachine, '--yes')
  assert.match(again.stderr.join('\n'), /This was asked for before: \w{4}, delivered/)
  assert.deepEqual(
    sandbox.syncro.attachments(nasId).map(({ file_name, size }) => [file_name, size > 10_000]),
    [[pdfName, true]],
  )
  assert.deepEqual(readdirSync(join(home, 'data', 'reports')), [])
})

test('a report whose plans went another way since is another one; sizes and times make none', async (t) => {
  const { msp, sandbox, addPlans, run } = await startBackups(t)
  const server = await startMailServer(t)
  await connectMail(msp, server)
  const [plan, other] = addPlans('Dataforth', 'DF-A', 'DF-B')
  assert.ok(plan && other)
  const sendings = async () => {
    const { exitCode } = await msp(...report, '--attach', 'T12345', '--email', 'dana@dataforth.example', ...onThisMachine, '--yes')
    return [exitCode, sandbox.syncro.attachments(nasId).length, (await server.messages()).length]
  }
  assert.deepEqual(await sendings(), [0, 1, 1])
  run(plan, { DataCopied: 987_654_321 })
  assert.deepEqual(await sendings(), [0, 1, 1])
  run(plan, { Status: 1 })
  assert.deepEqual(await sendings(), [0, 2, 2])
  assert.deepEqual(await sendings(), [0, 2, 2])
  run(plan)
  run(other, { Status: 1 })
  assert.deepEqual(await sendings(), [0, 3, 3])
})

test("a report does not go to another client's ticket", async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const { exitCode, stderr } = await msp(...report, '--attach', 'T12346', ...onThisMachine, '--yes')
  assert.deepEqual([exitCode, stderr[0]], [1, 'Ticket 12346 is for Grabb & Durando, the report is of Dataforth.'])
  assert.deepEqual([readsOf(sandbox), sandbox.syncro.attachments(nasId)], [0, []])
})

test('--email mails it with the PDF, once', async (t) => {
  const { msp } = await startWorking(t)
  const server = await startMailServer(t)
  await connectMail(msp, server)
  const to = ['--email', 'dana@dataforth.example', 'lee@dataforth.example', '--yes']
  const { exitCode, stderr } = await msp(...report, ...to)
  assert.deepEqual([exitCode, stderr.at(-1)], [0, 'Mailed to dana@dataforth.example and lee@dataforth.example.'])
  assert.match((await msp(...report, ...to)).stderr.join('\n'), /This was asked for before/)
  const [received, ...others] = await server.messages()
  assert.deepEqual(others, [])
  assert.deepEqual(
    [
      received?.to,
      received?.mail.subject,
      received?.mail.text?.split('\n')[0],
      received?.mail.attachments.map(({ filename, mimeType }) => [filename, mimeType]),
    ],
    [
      ['dana@dataforth.example', 'lee@dataforth.example'],
      'Backup report of Dataforth, 2026-01-15',
      'Latest backup report: 5 jobs, all successful, 245 GB total',
      [[pdfName, 'application/pdf']],
    ],
  )
  assert.match(received?.mail.html ?? '', /Backup report/)
})

test('without a mail server nothing is asked of anybody', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const { exitCode, stderr } = await msp(...report, '--email', 'dana@dataforth.example', '--yes')
  assert.deepEqual([exitCode, stderr], [4, ['Mail is not connected.', 'Connect it: msp integrate smtp']])
  assert.equal(readsOf(sandbox), 0)
})

test('--open shows the page in the browser; without one it says where the page is', async (t) => {
  const opened: string[] = []
  const { msp, home } = await startWorking(t, { browse: async (url) => opened.push(url) > 0 })
  const { exitCode, stderr } = await msp(...report, '--open')
  const url = pathToFileURL(join(home, 'state', 'reports', 'backup-report.html')).href
  assert.deepEqual([exitCode, opened, stderr.at(-1)], [0, [url], `The page is open in the browser: ${url}`])
})

for (const [name, path, exitCode, message] of [
  ['a folder', 'folder', 2, 'is no file that could be written.'],
  ['a file in a folder that is missing', 'missing/report.pdf', 1, 'cannot be written.'],
] as const) {
  test(`${name} is refused before anybody is asked`, async (t) => {
    const { msp, home, sandbox } = await startWorking(t)
    mkdirSync(join(home, 'folder'))
    const result = await msp(...report, '--pdf', join(home, path))
    assert.deepEqual([result.exitCode, result.stderr[0]], [exitCode, `${join(home, path)} ${message}`])
    assert.deepEqual([readsOf(sandbox), existsSync(join(home, 'missing'))], [0, false])
  })
}

test('two formats do not go to one file', async (t) => {
  const { msp, home } = await startWorking(t)
  const path = join(home, 'report')
  const result = await msp(...report, '--pdf', path, '--html', path)
  assert.deepEqual([result.exitCode, result.stderr[0], existsSync(path)], [2, 'Two formats would go to one file.', false])
})

test('an agent mails and attaches nothing by itself: both become drafts', async (t) => {
  const { msp, sandbox, env } = await startWorking(t)
  const server = await startMailServer(t)
  await connectMail(msp, server)
  env.CLAUDECODE = '1'
  const { exitCode, json } = await msp(
    ...[...report, '--email', 'dana@dataforth.example', '--attach', 'T12345', ...onThisMachine, '--yes', '--json=client,writes'],
  )
  const { client, writes } = json()
  assert.deepEqual(
    [exitCode, client, writes.map(({ shortId: _, ...write }: { shortId: string }) => write)],
    [
      ...[0, 'Dataforth'],
      [
        { kind: 'attachment', ticket: '12345', state: 'draft' },
        { kind: 'email', ticket: null, state: 'draft' },
      ],
    ],
  )
  const drafts = (await msp('outbox', 'list', '--json=kind,state')).json()
  assert.deepEqual(
    [drafts, await server.messages(), sandbox.syncro.attachments(nasId)],
    [
      [
        { kind: 'email', state: 'draft' },
        { kind: 'attachment', state: 'draft' },
      ],
      [],
      [],
    ],
  )
})

for (const [client, slug] of [
  ['Dataforth', 'dataforth'],
  ['Müller & Söhne', 'muller_sohne'],
  ['Grabb & Durando', 'grabb_durando'],
  ['Ромашка «Юг» й', 'ромашка_юг_й'],
  ['株式会社ガンダム', '株式会社ガンダム'],
  ['한국 전자', '한국_전자'],
  ['हिन्दी कंपनी', 'हिन्दी_कंपनी'],
  ['שלום בע"מ', 'שלום_בע_מ'],
  ['Zoë ❤️ 24/7', 'zoe_24_7'],
  ['a\u202egnp.exe', 'a_gnp_exe'],
  ['\u3164 ../x\0', 'x'],
  ['\ud800', 'client'],
  ['!!! 🎉', 'client'],
  ['', 'client'],
  ['x'.repeat(300), 'x'.repeat(80)],
  ['界'.repeat(300), '界'.repeat(66)],
  ['𠀀'.repeat(300), '𠀀'.repeat(50)],
] as const) {
  test(`the file of a report for ${JSON.stringify(client.slice(0, 20))} is ${slug.slice(0, 20)}_backup_report_2026-01-15.pdf`, () => {
    assert.equal(toFileName({ client, date: '2026-01-15' }), `${slug}_backup_report_2026-01-15.pdf`)
  })
}

test('a name without a Latin letter reaches the ticket and the mail as it is', async (t) => {
  const { msp, sandbox, addPlans } = await startBackups(t)
  const server = await startMailServer(t)
  await connectMail(msp, server)
  addPlans('株式会社 Ромашка', 'R-01')
  const [{ number = 0, id = 0 } = {}] = sandbox.syncro.addTickets({ client: '株式会社 Ромашка' })
  for (const command of [
    ['client', 'add', '株式会社 Ромашка'],
    ['client', 'map', '株式会社 Ромашка'],
  ])
    assert.equal((await msp(...command)).exitCode, 0)
  const to = ['--attach', `T${number}`, '--email', 'dana@dataforth.example', ...onThisMachine, '--yes']
  const { exitCode, stderr } = await msp('backup', 'report', '--client', '株式会社 Ромашка', ...to)
  assert.equal(exitCode, 0, stderr.join('\n'))
  const expected = '株式会社_ромашка_backup_report_2026-01-15.pdf'
  const [mail] = await server.messages()
  assert.deepEqual(
    [sandbox.syncro.attachments(id).map(({ file_name }) => file_name), mail?.mail.attachments.map(({ filename }) => filename)],
    [[expected], [expected]],
  )
})

test('the day in the name of the file is that of the report', async (t) => {
  const clock = { now: new Date(now.getTime() - 86_400_000) }
  const { msp, sandbox } = await startWorking(t, { now: () => clock.now })
  await msp(...report)
  clock.now = now
  const { exitCode } = await msp(...report, '--date', 'yesterday', '--attach', 'T12345', ...onThisMachine, '--yes')
  assert.deepEqual(
    [exitCode, sandbox.syncro.attachments(nasId).map(({ file_name }) => file_name)],
    [0, ['dataforth_backup_report_2026-01-14.pdf']],
  )
})

test('--dry-run prints one document as JSON with what would be sent, and alone it is refused', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const server = await startMailServer(t)
  await connectMail(msp, server)
  const to = ['--attach', 'T12345', '--email', 'dana@dataforth.example', ...onThisMachine]
  const { exitCode, json } = await msp(...report, ...to, '--dry-run', '--json=client,writes')
  const { client, writes } = json()
  const urls = [`${sandbox.syncro.webUrl}/api/v1/tickets/${nasId}/attach_file_url`, `smtp://127.0.0.1:${server.port}/`]
  assert.deepEqual(
    [exitCode, client, writes.map(({ method, url }: Record<string, unknown>) => [method, url])],
    [0, 'Dataforth', urls.map((url) => ['POST', url])],
  )
  assert.deepEqual(
    [await server.messages(), sandbox.syncro.attachments(nasId), (await msp('outbox', 'list', '--json')).json()],
    [[], [], []],
  )
  const before = readsOf(sandbox)
  const alone = await msp(...report, '--dry-run')
  assert.deepEqual(
    [alone.exitCode, alone.stdout, alone.stderr[0], readsOf(sandbox) - before],
    [2, [], '--dry-run shows what --attach and --email would send.', 0],
  )
})

test('one document comes as JSON, also when the report cannot be attached', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/attach_file_url', kind: 'status', status: 422 })
  const { exitCode, json, stderr } = await msp(...report, '--attach', 'T12345', ...onThisMachine, '--yes', '--json=client,writes')
  const { client, writes } = json()
  assert.deepEqual(
    [exitCode, client, writes.map(({ kind, state }: Record<string, string>) => [kind, state]), stderr.length > 0],
    [1, 'Dataforth', [['attachment', 'failed']], true],
  )
})
