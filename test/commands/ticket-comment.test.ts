import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { registerTicketComment } from '../../src/commands/ticket/comment.ts'
import type { Sandbox } from '../../src/sandbox/index.ts'
import {
  addWork,
  fastClock,
  latest,
  makeDue,
  on,
  plain,
  posted,
  run,
  startSession,
  summary,
  ticketId,
  withDatabase,
  writes,
} from '../outbox/start.ts'
import { ctrlC, startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const words = 'Fuser replaced.'
const note = { subject: 'Note', body: words, hidden: true }
const dana = 'Front Desk <helpdesk@dataforth.example>'
const mailed = `SyncroMSP will e-mail this to ${dana}. It cannot be taken back.`
const seen = `${dana} will see this in the portal. No mail is sent.`
const path = `tickets/${ticketId}/comment`

const postedTo = ({ requests }: Sandbox) => requests.filter(({ method, path }) => method === 'POST' && path.startsWith('tickets/'))
const flags = (sandbox: Sandbox) =>
  postedTo(sandbox).map(({ body }) => {
    const { hidden, do_not_email } = body as Record<string, unknown>
    return { hidden, do_not_email }
  })

for (const [argv, expected] of [
  [
    ['T1042', words],
    ['T1042', words, { subject: 'Note' }],
  ],
  [
    ['T1042', '-', '--subject', 'Call', '--again', '--wait'],
    ['T1042', '-', { subject: 'Call', again: true, wait: true }],
  ],
  [
    ['1042', '--file', 'a.txt', '--dry-run', '--json=id'],
    ['1042', undefined, { subject: 'Note', file: 'a.txt', dryRun: true, json: ['id'] }],
  ],
  [
    ['1042', words, '--visibility', 'email', '--session', '01a2'],
    ['1042', words, { subject: 'Note', visibility: 'email', session: '01a2' }],
  ],
] as const) {
  test(`msp ticket comment ${argv.join(' ')}`, async () =>
    assert.deepEqual(await parsed(registerTicketComment, ['comment', ...argv]), expected))
}

test('a visibility that does not exist is refused', async () => {
  await assert.rejects(parsed(registerTicketComment, ['comment', 'T1', words, '--visibility', 'secret']), {
    code: 'commander.invalidArgument',
  })
})

test('a comment is internal unless somebody says otherwise, and both flags go over the wire', async (t) => {
  const { msp, sandbox } = await startSession(t)
  assert.deepEqual(await plain(msp, await msp('ticket', 'comment', 'T12345', words)), {
    exitCode: 0,
    stdout: ['7F3K\t12345\tinternal\tdone'],
    stderr: ['Commented on T12345 (internal).'],
  })
  const sent = postedTo(sandbox).map(({ path, body }) => [path, body])
  const subject = `Note · msp ${await latest(msp)}`
  assert.deepEqual(sent, [[path, { subject, body: words, hidden: true, do_not_email: true }]])
  assert.deepEqual([posted(sandbox), sandbox.syncro.mailed], [[note], []])
})

test('with --json the whole write is printed', async (t) => {
  const { msp, sandbox } = await startSession(t)
  const { id, shortId, createdAt, ...rest } = (await msp('ticket', 'comment', '#12345', words, '--json')).json()
  const vendorId = String(sandbox.syncro.comments(ticketId).at(-1)?.id)
  assert.deepEqual(rest, {
    ...{ integration: 'syncro', kind: 'comment', ticket: '12345', visibility: 'internal', state: 'done' },
    ...{ attempts: 1, vendorId, lastError: null, agent: null, approvedBy: null },
  })
  assert.deepEqual(
    [/^[0-9a-f-]{36}$/.test(id), /^[0-9A-Z]{4}$/.test(shortId), Math.abs(Date.parse(createdAt) - Date.now()) < 60_000],
    [true, true, true],
  )
})

for (const [visibility, sentence, wire, mails] of [
  ['public', seen, { hidden: false, do_not_email: true }, []],
  ['email', mailed, { hidden: false, do_not_email: false }, ['helpdesk@dataforth.example']],
] as const) {
  test(`a comment with --visibility ${visibility} names who will see it, and goes out after a yes`, async (t) => {
    const { msp, sandbox, tell, asked } = await startSession(t, { terminal: true })
    tell([false, ctrlC, true])
    const argv = ['ticket', 'comment', 'T12345', words, '--visibility', visibility]
    for (const last of ['Nothing was sent.', 'Cancelled.']) {
      assert.deepEqual(await msp(...argv), { exitCode: 130, stdout: [], stderr: [sentence, last] })
    }
    assert.deepEqual([postedTo(sandbox), await writes(msp, 'state')], [[], []])
    const { exitCode, stderr } = await msp(...argv)
    assert.deepEqual([exitCode, stderr], [0, [sentence, `Commented on T12345 (${visibility}).`]])
    assert.deepEqual(asked, Array(3).fill('Send it to ticket T12345?'))
    assert.deepEqual([flags(sandbox), sandbox.syncro.mailed.map(({ to }) => to)], [[wire], mails])
  })

  test(`a comment with --visibility ${visibility} needs --yes where nobody can answer`, async (t) => {
    const { msp, sandbox } = await startSession(t)
    const argv = ['ticket', 'comment', 'T12345', words, '--visibility', visibility]
    const hint = 'Without a terminal, say that it is meant with --yes.'
    assert.deepEqual(await msp(...argv), { exitCode: 2, stdout: [], stderr: [sentence, hint] })
    const asJson = await msp(...argv, '--json')
    assert.deepEqual([asJson.exitCode, asJson.stdout, asJson.json()], [2, [], { error: { code: 'usage', message: sentence, hint } }])
    assert.deepEqual([postedTo(sandbox), await writes(msp, 'state')], [[], []])
    const { exitCode, stderr } = await msp(...argv, '--yes')
    assert.deepEqual([exitCode, stderr], [0, [sentence, `Commented on T12345 (${visibility}).`]])
    assert.deepEqual([flags(sandbox), sandbox.syncro.mailed.map(({ to }) => to)], [[wire], mails])
  })
}

test('the visibility of the config is asked about like one that was typed', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await run(msp, 'config', 'set', 'comment.visibility', 'public')
  assert.equal((await msp('ticket', 'comment', 'T12345', words)).exitCode, 2)
  assert.equal((await msp('ticket', 'comment', 'T12345', words, '--visibility', 'internal')).exitCode, 0)
  assert.deepEqual(flags(sandbox), [{ hidden: true, do_not_email: true }])
})

test('the text comes from the words, from a file or from standard input', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  const file = join(home, 'note.txt')
  writeFileSync(file, '\nFrom a file:\n  two lines ✓\n')
  await run(msp, 'ticket', 'comment', 'T12345', '--file', file)
  assert.equal((await msp.withInput('From - \n', 'ticket', 'comment', 'T12345', '-')).exitCode, 0)
  assert.equal((await msp.withInput('From --file -\n', 'ticket', 'comment', 'T12345', '--file', '-', '--subject', ' Call ')).exitCode, 0)
  assert.deepEqual(
    posted(sandbox).map(({ subject, body }) => [subject, body]),
    [
      ['Note', 'From a file:\n  two lines ✓'],
      ['Note', 'From -'],
      ['Call', 'From --file -'],
    ],
  )
})

test('a text that is empty, missing, too long or given twice is refused before anything is read', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  const before = sandbox.requests.length
  const missing = join(home, 'missing')
  const empty = ['The comment is empty.', 'Say what it should say: msp ticket comment T12345 "Fuser replaced."']
  for (const [argv, stderr] of [
    [['  '], empty],
    [['-'], empty],
    [['--file', '-'], empty],
    [[], ['What should the comment say?', 'Give the text, --file FILE, or - for standard input.']],
    [['x', '--file', missing], ['Give the text or --file, not both.']],
    [
      ['--file', missing],
      [`${missing} cannot be read.`, 'Check the name of the file.'],
    ],
    [
      ['--file', home],
      [`${home} is not a regular file.`, 'Check its name, or give the text on standard input: -'],
    ],
    [
      ['--file', '/dev/zero'],
      ['/dev/zero is not a regular file.', 'Check its name, or give the text on standard input: -'],
    ],
    [['x'.repeat(60_001)], ['The comment has 60001 characters; 60000 is the most.', 'Attach it as a file: msp ticket attach']],
  ] as const) {
    assert.deepEqual(await msp.withInput(' \n', 'ticket', 'comment', 'T12345', ...argv), { exitCode: 2, stdout: [], stderr })
  }
  assert.equal(sandbox.requests.length, before)
})

test('bytes that are no text are refused, from a file as from standard input, and nothing is sent', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  const file = join(home, 'note.txt')
  const hint = 'Turn it into text in UTF-8 first.'
  for (const [bytes, what] of [
    [Buffer.from([0x61, 0, 0x62]), 'a NUL character'],
    [Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65]), 'bytes that are not UTF-8'],
    [Buffer.from('\ufeffHi', 'utf16le'), 'bytes that are not UTF-8'],
    // a character that begins and does not end
    [Buffer.from([0x61, 0xe2, 0x9c]), 'bytes that are not UTF-8'],
  ] as const) {
    writeFileSync(file, bytes)
    const refused = (source: string) => ({ exitCode: 2, stdout: [], stderr: [`${source} is no text: it holds ${what}.`, hint] })
    assert.deepEqual(
      [await msp.withInput(bytes, 'ticket', 'comment', 'T12345', '-'), await msp('ticket', 'comment', 'T12345', '--file', file)],
      [refused('Standard input'), refused(file)],
    )
  }
  const endless = Buffer.from('✓'.repeat(80_001))
  const { stderr } = await msp.withInput(endless, 'ticket', 'comment', 'T12345', '-')
  assert.deepEqual(
    [stderr, postedTo(sandbox)],
    [['The comment has 80001 characters; 60000 is the most.', 'Attach it as a file: msp ticket attach'], []],
  )
})

test('--dry-run prints the exact request and who would see it, and sends nothing', async (t) => {
  const { msp, sandbox } = await startSession(t)
  const body = { subject: 'Note · msp ????', body: words, hidden: false, do_not_email: false }
  const url = `${sandbox.syncro.apiUrl}/${path}`
  const argv = ['ticket', 'comment', 'T12345', words, '--visibility', 'email', '--dry-run']
  assert.deepEqual(await msp(...argv), {
    exitCode: 0,
    stdout: [`POST ${url}`, ...JSON.stringify(body, null, 2).split('\n'), `seen by ${dana}`],
    stderr: ['Nothing was sent.'],
  })
  const recipients = [{ name: 'Front Desk', email: 'helpdesk@dataforth.example' }]
  assert.deepEqual((await msp(...argv, '--json')).json(), { method: 'POST', url, body, recipients })
  const internal = (await msp('ticket', 'comment', 'T12345', words, '--dry-run', '--json')).json()
  assert.deepEqual([internal.body.hidden, internal.body.do_not_email, internal.recipients], [true, true, []])
  assert.deepEqual([postedTo(sandbox), await writes(msp, 'state')], [[], []])
})

test('--dry-run cuts a long text on a terminal, and says so; in a pipe it is whole', async (t) => {
  const long = 'x'.repeat(2001)
  const bodyIn = async (terminal: boolean) => {
    const { msp } = await startSession(t, { terminal })
    return JSON.parse((await run(msp, 'ticket', 'comment', 'T12345', long, '--dry-run')).slice(1).join('\n')).body
  }
  assert.deepEqual([await bodyIn(true), await bodyIn(false)], [`${'x'.repeat(2000)}… (2001 characters; --json shows them all)`, long])
})

test('--dry-run sends nothing, not even what was queued before', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  await addWork(msp, 'item')
  sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600' })
  assert.equal((await msp('ticket', 'sync')).exitCode, 0)
  await makeDue(home)
  assert.equal((await msp('ticket', 'comment', 'T12345', 'text', '--dry-run')).exitCode, 0)
  assert.deepEqual([posted(sandbox), (await writes(msp, 'state')).map(({ state }) => state)], [[], ['ready']])
  assert.equal((await msp('ticket', 'show', 'T12345')).exitCode, 0)
  assert.deepEqual(posted(sandbox), [summary('item')])
})

test('the same comment asked for twice is one; --again says that it is meant', async (t) => {
  const { msp, sandbox } = await startSession(t)
  const argv = ['ticket', 'comment', 'T12345', words]
  await run(msp, ...argv)
  const earlier = 'This was asked for before: 7F3K, delivered. If it is meant to be there twice, use --again.'
  assert.deepEqual(await plain(msp, await msp(...argv)), { exitCode: 0, stdout: ['7F3K\t12345\tinternal\tdone'], stderr: [earlier] })
  assert.deepEqual(posted(sandbox), [note])
  await run(msp, ...argv, '--again')
  assert.deepEqual([posted(sandbox), (await writes(msp, 'state')).length], [[note, note], 2])
  await run(msp, ...argv, '--subject', 'Call')
  await run(msp, ...argv, '--visibility', 'public', '--yes')
  await run(msp, ...argv, '--visibility', 'public')
  assert.equal(posted(sandbox).length, 4)
})

test('without a session a repeat on the same day is the same comment, and one on the next day is another', async (t) => {
  let days = 0
  const { msp, sandbox } = await startMsp(t, { sandbox: true, now: () => new Date(Date.now() + days * 86_400_000) })
  for (days of [0, 0, 1]) await run(msp, 'ticket', 'comment', 'T12345', words)
  assert.deepEqual(posted(sandbox), [note, note])
})

test('a ticket of another client than the session’s is refused with both names', async (t) => {
  const { msp, sandbox } = await startSession(t)
  const { exitCode, stderr } = await msp('ticket', 'comment', 'T12346', words)
  assert.deepEqual([exitCode, stderr[0]], [1, 'Ticket 12346 is for Grabb & Durando, this session is for Dataforth.'])
  const error = await msp('ticket', 'comment', 'T12346', words, '--json')
  assert.deepEqual([error.stdout, error.json().error.code], [[], 'client_mismatch'])
  assert.deepEqual([postedTo(sandbox), await writes(msp, 'state')], [[], []])
})

test('a comment waits behind an older one to the ticket, which it names, and they go out in order', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600' })
  await run(msp, 'ticket', 'comment', 'T12345', 'First')
  const first = await latest(msp)
  const second = await plain(msp, await msp('ticket', 'comment', 'T12345', 'Second'))
  const ahead = `${first} goes to T12345 first: SyncroMSP asks for a pause: too many calls.`
  const then = `${first} has its next turn in N minutes. The next msp command that goes online after that delivers it.`
  assert.deepEqual(second, { exitCode: 0, stdout: ['7F3K\t12345\tinternal\tready'], stderr: [ahead, 'Queued as 7F3K.', then] })
  await run(msp, 'ticket', 'comment', 'T12342', 'Elsewhere')
  const again = await msp('ticket', 'comment', 'T12345', 'Second')
  assert.deepEqual([again.exitCode, posted(sandbox)], [0, []])
  await makeDue(home)
  await run(msp, 'outbox', 'run')
  assert.deepEqual(
    posted(sandbox).map(({ body }) => body),
    ['First', 'Second'],
  )
})

test('what another process sends just now is left to it, and what goes behind that waits for it', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600' })
  await run(msp, 'ticket', 'comment', 'T12345', 'First')
  const first = await latest(msp)
  const leaseUntil = new Date(Date.now() + 60_000)
  await withDatabase(home, (db) =>
    db.updateTable('outbox').set({ state: 'sending', leaseOwner: 'desk|x|1|1', leaseUntil, lastError: null }).execute(),
  )
  const repeated = await msp('ticket', 'comment', 'T12345', 'First')
  assert.deepEqual(
    [repeated.exitCode, repeated.stderr.slice(1)],
    [0, [`${first} is being sent by another process.`, `To see what became of it: msp outbox show ${first}`]],
  )
  const behind = await plain(msp, await msp('ticket', 'comment', 'T12345', 'Second'))
  const ahead = `${first} goes to T12345 first: being sent.`
  const both = 'Another process sends that now. To wait for both: msp outbox run --wait'
  assert.deepEqual([behind.exitCode, behind.stderr], [0, [ahead, 'Queued as 7F3K.', both]])
})

test('--wait goes on until the comment is there', async (t) => {
  const { msp, sandbox } = await startSession(t)
  sandbox.arm({ vendor: 'syncro', on, kind: 'cut-after' })
  const { exitCode, stderr } = await msp('ticket', 'comment', 'T12345', words, '--wait')
  assert.deepEqual([exitCode, stderr, posted(sandbox)], [0, ['Commented on T12345 (internal).'], [note]])
})

test('--wait ends with 8 when it is not delivered in time, and with --json in one object', async (t) => {
  const { msp, sandbox } = await startSession(t, fastClock())
  sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600' })
  const { exitCode, stdout, stderr } = await msp('ticket', 'comment', 'T12345', words, '--wait', '--json=state')
  const message = `${await latest(msp)} is not delivered yet: SyncroMSP asks for a pause: too many calls.`
  const error = { code: 'not_delivered', message, hint: 'It stays queued: msp outbox run --wait' }
  assert.deepEqual([exitCode, JSON.parse(stdout.join('')), JSON.parse(stderr.join(''))], [8, { state: 'ready' }, { error }])
})
