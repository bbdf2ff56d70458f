import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { registerTicketAttach } from '../../src/commands/ticket/attach.ts'
import { later, latest, plain, run, ticketId, writes } from '../outbox/start.ts'
import { ctrlC, startMsp } from '../support/msp.ts'
import { runMspBehind, withoutPower } from '../support/msp-child.ts'
import { parsed } from '../support/recording.ts'
import { bucket, key, startS3 } from '../support/s3.ts'
import { attached, leaves, links, name, once, startAttaching, told } from './attach-start.ts'

for (const [argv, expected] of [
  ['T1042 a.pdf', ['T1042', ['a.pdf'], {}]],
  ['T1042 a.pdf b.pdf --again --wait --dry-run', ['T1042', ['a.pdf', 'b.pdf'], { again: true, wait: true, dryRun: true }]],
  ['1042 a.pdf --name r.pdf --via bucket --session 01a2', ['1042', ['a.pdf'], { name: 'r.pdf', via: 'bucket', session: '01a2' }]],
  [
    '1042 a.pdf --public-url https://t.example.com --listen 0.0.0.0:80',
    ['1042', ['a.pdf'], { publicUrl: 'https://t.example.com', listen: '0.0.0.0:80' }],
  ],
  [
    '1042 --url https://f.example.com/a --name a.pdf --json=id',
    ['1042', [], { url: 'https://f.example.com/a', name: 'a.pdf', json: ['id'] }],
  ],
  ['1042 --web', ['1042', [], { web: true }]],
] as const) {
  test(`msp ticket attach ${argv}`, async () => assert.deepEqual(await parsed(registerTicketAttach, `attach ${argv}`), expected))
}

test('a file is attached with a yes, and the link is dead afterwards', async (t) => {
  const { attach, msp, sandbox } = await startAttaching(t)
  assert.deepEqual(await plain(msp, await attach('--yes')), {
    exitCode: 0,
    stdout: [`7F3K\t12345\t${name}\tdone`],
    stderr: [leaves(), `Attached ${name} to T12345.`],
  })
  assert.deepEqual([attached(sandbox), told(sandbox)], [once, 1])
  for (const link of links(sandbox)) await assert.rejects(fetch(link))
  const vendorId = String(sandbox.syncro.attachments(ticketId)[0]?.id)
  assert.deepEqual(await writes(msp, 'kind', 'visibility', 'state', 'attempts', 'vendorId', 'lastError'), [
    { kind: 'attachment', visibility: 'public', state: 'done', attempts: 1, vendorId, lastError: null },
  ])
})

test('the link is in no record and in no error', async (t) => {
  const { attach, msp, sandbox } = await startAttaching(t)
  await attach('--yes')
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/attach_file_url', kind: 'status', status: 422 })
  const refused = await attach('--yes', '--again')
  const records = (await msp('record', 'list', '--limit', '500', '--json')).stdout.join('\n')
  const list = (await msp('outbox', 'list', '--all', '--json')).stdout.join('\n')
  for (const link of links(sandbox)) {
    const [, secret = ''] = new URL(link).pathname.split('/')
    for (const text of [records, list, refused.stderr.join('\n')]) assert.equal(text.includes(secret), false)
  }
  assert.equal(links(sandbox).length, 2)
})

test('a person is asked, and a no leaves nothing behind', async (t) => {
  const { attach, msp, sandbox, tell, asked } = await startAttaching(t, { terminal: true })
  tell([false, ctrlC, true])
  for (const last of ['Nothing was sent.', 'Cancelled.'])
    assert.deepEqual(await attach(), { exitCode: 130, stdout: [], stderr: [leaves(), last] })
  assert.deepEqual([told(sandbox), await writes(msp, 'state')], [0, []])
  const { exitCode, stderr } = await attach()
  assert.deepEqual([exitCode, stderr], [0, [leaves(), `Attached ${name} to T12345.`]])
  assert.deepEqual([asked, attached(sandbox)], [Array(3).fill('Send it to ticket T12345?'), once])
})

test('where nobody can answer --yes is named', async (t) => {
  const { attach, msp, sandbox } = await startAttaching(t)
  assert.deepEqual(await attach(), { exitCode: 2, stdout: [], stderr: [leaves(), 'Without a terminal, say that it is meant with --yes.'] })
  assert.deepEqual([told(sandbox), await writes(msp, 'state')], [0, []])
})

test('without a place for the link it is said exactly what is missing, and what else there is', async (t) => {
  const { attach, env, sandbox } = await startAttaching(t)
  env.MSP_PUBLIC_URL = undefined
  const place = 'SyncroMSP takes no file, it fetches one from a link, and there is no place for that link'
  const hint =
    'Give --public-url https://… of a tunnel to this machine, or connect a bucket: msp integrate files · For a file that is online already: --url URL --name NAME · To do it in the browser: --web'
  for (const [argv, message] of [
    [[], `${place}: no --public-url is given, files.public-url is not set, and no bucket can be used. No bucket is connected.`],
    [['--via', 'server'], `${place}: no --public-url is given, and files.public-url is not set.`],
    [
      ['--via', 'bucket'],
      `${place}: no --public-url is given, files.public-url is not set, and no bucket can be used. No bucket is connected.`,
    ],
  ] as const) {
    assert.deepEqual(await attach('--yes', ...argv), { exitCode: 2, stdout: [], stderr: [message, hint] })
  }
  assert.equal(told(sandbox), 0)
})

test('a repeat is the earlier one, and offers nothing; --again is another', async (t) => {
  const { attach, msp, sandbox } = await startAttaching(t)
  await attach('--yes')
  const repeat = await plain(msp, await attach('--yes'))
  assert.deepEqual(repeat, {
    exitCode: 0,
    stdout: [`7F3K\t12345\t${name}\tdone`],
    stderr: ['This was asked for before: 7F3K, delivered. If it is meant to be there twice, use --again.'],
  })
  assert.deepEqual([attached(sandbox), told(sandbox)], [once, 1])
  assert.equal((await attach('--yes', '--again')).exitCode, 0)
  const ids = sandbox.syncro.attachments(ticketId).map(({ id }) => String(id))
  // each knows its own, although they have one name
  assert.deepEqual(
    (await writes(msp, 'state', 'vendorId')).reverse(),
    ids.map((vendorId) => ({ state: 'done', vendorId })),
  )
  assert.equal(ids.length, 2)
})

test('a changed file is another write', async (t) => {
  const { attach, file, sandbox } = await startAttaching(t)
  await attach('--yes')
  writeFileSync(file, 'changed')
  assert.equal((await attach('--yes')).exitCode, 0)
  assert.deepEqual(attached(sandbox), [...once, { file_name: name, size: 7 }])
})

test('several files are a write each, and each is said', async (t) => {
  const { msp, home, sandbox } = await startAttaching(t)
  const paths = ['a.txt', 'b.txt'].map((each) => join(home, each))
  for (const path of paths) writeFileSync(path, 'x')
  const { exitCode, stdout, stderr } = await msp('ticket', 'attach', 'T12345', ...paths, '--yes')
  assert.deepEqual(
    [exitCode, stdout.map((line) => line.split('\t').slice(1))],
    [0, ['a.txt', 'b.txt'].map((each) => ['12345', each, 'done'])],
  )
  assert.deepEqual(stderr.slice(2), ['Attached a.txt to T12345.', 'Attached b.txt to T12345.'])
  assert.deepEqual(
    attached(sandbox).map(({ file_name }) => file_name),
    ['a.txt', 'b.txt'],
  )
})

test('one file that cannot be read keeps the others from leaving', async (t) => {
  const { attach, home, sandbox } = await startAttaching(t)
  const missing = join(home, 'missing.pdf')
  assert.deepEqual(await attach(missing, '--yes'), {
    exitCode: 2,
    stdout: [],
    stderr: [`${missing} is not on this machine.`, 'Check its name, or run the command on the machine that has it.'],
  })
  assert.deepEqual([told(sandbox), attached(sandbox)], [0, []])
})

test('a file that may not be read is a sentence', async (t) => {
  const { file, env, sandbox } = await startAttaching(t)
  chmodSync(file, 0)
  const { exitCode, stderr } = await runMspBehind(withoutPower, env, 'ticket', 'attach', 'T12345', file, '--yes')
  assert.deepEqual([exitCode, stderr[0], told(sandbox)], [2, `${file} could not be read (EACCES).`, 0])
})

for (const [argv, message] of [
  [[], 'Which file?'],
  [['a', '--web'], 'Give files, --url or --web, one of them.'],
  [['--url', 'https://f.example.com/a'], '--url needs --name: what the file is called on the ticket.'],
  [['a', 'b', '--name', 'c'], '--name is for one file.'],
  [['--web', '--public-url', 'https://t.example.com'], '--public-url, --listen and --via are for files of this machine.'],
  [['--url', 'http://f.example.com/a', '--name', 'a.pdf'], 'The URL does not begin with https://'],
  [['--url', 'https://u:p@f.example.com/a', '--name', 'a.pdf'], 'The URL has user information in it.'],
  [['--url', 'x', '--name', 'a.pdf'], 'That is not a URL.'],
  [['--url', 'https://f.example.com/a', '--name', '../a.pdf'], '"../a.pdf" is no name for an attachment.'],
] as const) {
  test(`${argv.join(' ') || 'nothing'} is wrong usage`, async (t) => {
    const { msp } = await startMsp(t)
    const { exitCode, stdout, stderr } = await msp('ticket', 'attach', 'T12345', ...argv, '--yes')
    assert.deepEqual([exitCode, stdout, stderr[0]], [2, [], message])
  })
}

for (const [argv, message] of [
  [['--public-url', 'http://tunnel.example.com'], 'The address for the files must begin with https://.'],
  [['--listen', 'here'], '"here" is no place to listen on.'],
] as const) {
  test(`${argv.join(' ')} is wrong usage`, async (t) => {
    const { attach, sandbox } = await startAttaching(t)
    const { exitCode, stdout, stderr } = await attach('--yes', ...argv)
    assert.deepEqual([exitCode, stdout, stderr[0], told(sandbox)], [2, [], message, 0])
  })
}

test("another client's ticket is refused, with both names", async (t) => {
  const { msp, file, sandbox } = await startAttaching(t)
  const [{ number = 0 } = {}] = sandbox.syncro.addTickets({ client: 'Grabb & Durando' })
  const { exitCode, stderr } = await msp('ticket', 'attach', `T${number}`, file, '--yes')
  assert.deepEqual([exitCode, stderr[0], told(sandbox)], [1, `Ticket ${number} is for Grabb & Durando, this session is for Dataforth.`, 0])
})

test('--dry-run prints the request, and neither asks, nor offers, nor sends', async (t) => {
  const { attach, msp, sandbox } = await startAttaching(t)
  const { exitCode, stdout, stderr } = await attach('--dry-run')
  assert.deepEqual(
    [exitCode, stdout[0], JSON.parse(stdout.slice(1).join('\n')), stderr],
    [
      0,
      `POST ${sandbox.syncro.apiUrl}/tickets/${ticketId}/attach_file_url`,
      { files: [{ url: '<a link at http://127.0.0.1>', filename: name }] },
      ['Nothing was sent.'],
    ],
  )
  assert.deepEqual([told(sandbox), await writes(msp, 'state')], [0, []])
})

test('a link of the person is told as it is, under a name', async (t) => {
  const { msp, sandbox } = await startAttaching(t)
  sandbox.syncro.fetches = 0
  const url = 'https://files.example.com/r/abc?sig=secret'
  const argv = ['ticket', 'attach', 'T12345', '--url', url, '--name', 'a.pdf', '--yes']
  const attaching = msp(...argv)
  // as if the vendor had fetched it
  const { exitCode, stderr } = await plain(msp, await attaching)
  const waits = 'Queued as 7F3K, and msp looks for it at the vendor before anything is sent again.'
  assert.deepEqual(
    [exitCode, stderr],
    [0, ['SyncroMSP fetches a.pdf from files.example.com, and on the ticket the client may see it.', waits, later]],
  )
  assert.deepEqual([links(sandbox), (await writes(msp, 'state', 'lastError'))[0]], [[url], { state: 'unknown', lastError: null }])
  const records = (await msp('record', 'list', '--ticket', '12345', '--json')).stdout.join('\n')
  assert.equal(/secret|files\.example/.test(records), false)
})

for (const [what, browse, said] of [
  ['opens', async () => true, 'The page of T12345 opens in the browser: attach the file there.'],
  ['cannot open', async () => false, 'The browser could not be opened. Open the address yourself.'],
] as const) {
  test(`--web ${what} the page of the ticket, and prints its address`, async (t) => {
    const { msp, env, sandbox } = await startAttaching(t, { browse })
    env.DISPLAY = ':0'
    const answer = await msp('ticket', 'attach', 'T12345', '--web')
    assert.deepEqual(answer, { exitCode: 0, stdout: [`${sandbox.syncro.webUrl}/tickets/${ticketId}`], stderr: [said] })
    assert.equal(told(sandbox), 0)
  })
}

test('a bucket takes the file for as long as the vendor needs', async (t) => {
  const { attach, msp, env, sandbox } = await startAttaching(t)
  const { endpoint } = await startS3(t)
  env.MSP_PUBLIC_URL = undefined
  const given = ['integrate', 'files', '--endpoint', endpoint, '--bucket', bucket, '--access-key-id', key.id, '--secret-stdin']
  const wrong = await msp.withInput('wrong', ...given)
  assert.deepEqual([wrong.exitCode, (await msp('integrate', 'test', 'files')).exitCode], [4, 4])
  const place = `reports at ${new URL(endpoint).host}`
  assert.deepEqual(await msp.withInput(key.secret, ...given), {
    exitCode: 0,
    stdout: [`S3 bucket connected successfully as ${place}.`],
    stderr: [`Trying the key: a small object is put into ${bucket}, read and deleted.`, `S3 bucket knows this key as ${place}.`],
  })
  assert.equal((await msp('integrate', 'test', 'files')).exitCode, 0)
  const { exitCode, stderr } = await attach('--yes')
  assert.deepEqual([exitCode, stderr], [0, [leaves(`the bucket ${place}`), `Attached ${name} to T12345.`]])
  assert.deepEqual(attached(sandbox), once)
  const rows = (
    await msp('record', 'list', '--type', 'custom_integration', '--limit', '2', '--json=action,requestData,responseStatus')
  ).json()
  assert.deepEqual(rows, [
    { action: 'deleted', requestData: null, responseStatus: 'success' },
    { action: 'created', requestData: { bytes: 5000 }, responseStatus: 'success' },
  ])
  for (const link of links(sandbox)) assert.equal((await fetch(link)).status, 404)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} takes the file out of the bucket before msp ends`, async (t) => {
    const { attach, msp, env, sandbox } = await startAttaching(t)
    const { endpoint } = await startS3(t)
    env.MSP_PUBLIC_URL = undefined
    const given = ['--endpoint', endpoint, '--bucket', bucket, '--access-key-id', key.id, '--secret-stdin']
    await msp.withInput(key.secret, 'integrate', 'files', ...given)
    sandbox.syncro.fetches = 0
    const attaching = attach('--yes')
    while (told(sandbox) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    // in place of the signal, which would end the process of the test where nobody hears it
    assert.equal(process.emit(signal, signal), true)
    const { exitCode, stderr } = await plain(msp, await attaching)
    // a bucket does not tell whether somebody came for it
    const stopped = `SyncroMSP has not shown ${name} on T12345; look there before it is attached again.`
    assert.deepEqual([exitCode, stderr.slice(1)], [130, [stopped, 'See: msp outbox show 7F3K']])
    for (const link of links(sandbox)) assert.equal((await fetch(link)).status, 404)
  })
}

test('what an agent attaches is a draft without a link, which a person lets out', async (t) => {
  const { attach, msp, env, sandbox, tell, home } = await startAttaching(t, { terminal: true })
  env.AI_AGENT = 'claude'
  const { exitCode, stdout } = await attach('--yes', '--no-json')
  env.AI_AGENT = undefined
  const shortId = await latest(msp)
  assert.deepEqual([exitCode, stdout, told(sandbox)], [0, [`${shortId}\t12345\t${name}\tdraft`], 0])
  tell(['dataforth'])
  const approved = await msp('outbox', 'approve', shortId)
  assert.deepEqual(
    [approved.exitCode, approved.stderr.slice(1)],
    [
      0,
      [
        'Ticket   T12345: Backup configuration for NAS (In Progress)',
        'Client   Dataforth',
        `File     ${name}`,
        `From     ${join(home, name)}`,
        leaves(),
        `Attached ${name} to T12345.`,
      ],
    ],
  )
  assert.deepEqual(
    [attached(sandbox), await writes(msp, 'state', 'agent', 'approvedBy')],
    [once, [{ state: 'done', agent: 'claude', approvedBy: 'mike@example.com' }]],
  )
})

test("an agent's file that changed, or lies on another machine, is not sent", async (t) => {
  const { attach, msp, env, file, sandbox } = await startAttaching(t, { terminal: true })
  env.AI_AGENT = 'claude'
  await attach()
  env.AI_AGENT = undefined
  const shortId = await latest(msp)
  writeFileSync(file, 'something else')
  const changed = await msp('outbox', 'approve', shortId)
  assert.deepEqual([changed.exitCode, changed.stderr[0]], [2, `${file} is not what it was when ${shortId} was drafted.`])
  env.MSP_MACHINE = 'desk'
  const elsewhere = await msp('outbox', 'approve', shortId)
  assert.deepEqual([elsewhere.exitCode, elsewhere.stderr[0]], [2, `The file of ${shortId} lies on laptop.`])
  assert.deepEqual([told(sandbox), await writes(msp, 'state')], [0, [{ state: 'draft' }]])
})

test('a folder is no file', async (t) => {
  const { msp, home } = await startAttaching(t)
  mkdirSync(join(home, 'folder'))
  const { exitCode, stderr } = await msp('ticket', 'attach', 'T12345', join(home, 'folder'), '--yes')
  assert.deepEqual([exitCode, stderr[0]], [2, `${join(home, 'folder')} is a folder.`])
})

test('a file that is attached does not keep a comment waiting', async (t) => {
  const { attach, msp } = await startAttaching(t)
  await attach('--yes')
  await run(msp, 'ticket', 'comment', 'T12345', 'The report is attached.')
  assert.deepEqual(await writes(msp, 'kind', 'state'), [
    { kind: 'comment', state: 'done' },
    { kind: 'attachment', state: 'done' },
  ])
})
