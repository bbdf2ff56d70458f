import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Env } from '../../src/config.ts'
import { newId } from '../../src/db/id.ts'
import { releaseDraft } from '../../src/outbox/approve.ts'
import { addWrite } from '../../src/outbox/store.ts'
import { openTestVault } from '../oauth/start.ts'
import { addWork, latest, on, plain, posted, run, startAt, startSession, summary, ticketId, withDatabase, writes } from '../outbox/start.ts'
import { eachEngine } from '../support/engines.ts'
import { ctrlC, type Msp, parseAnswer } from '../support/msp.ts'

const words = 'Fuser replaced.\nPlease test.'
const dana = 'Front Desk <helpdesk@dataforth.example>'
const mailed = `SyncroMSP will e-mail this to ${dana}. It cannot be taken back.`
const question = "To send it, type the client's name; its beginning is enough:"
const goOn = (command: string) =>
  `If you are a person, CLAUDE_CODE_CHILD_SESSION made msp take you for an agent: env -u CLAUDE_CODE_CHILD_SESSION msp ${command}`
const comment = (...more: string[]) => ['ticket', 'comment', 'T12345', words, '--visibility', 'public', ...more]

/** A session at a terminal; `asAgent` runs a command as Claude Code would. */
async function start(t: TestContext) {
  const started = await startSession(t, { terminal: true })
  return { ...started, asAgent: agentOf(started) }
}

function agentOf({ msp, env }: { msp: Msp; env: Env }): Msp {
  const asAgent = async (given: () => ReturnType<Msp>) => {
    env.CLAUDE_CODE_CHILD_SESSION = '1'
    try {
      return await given()
    } finally {
      env.CLAUDE_CODE_CHILD_SESSION = undefined
    }
  }
  return Object.assign((...argv: string[]) => asAgent(() => msp(...argv)), {
    withInput: (text: string, ...argv: string[]) => asAgent(() => msp.withInput(text, ...argv)),
  })
}

/** What a draft of an agent leaves: its short id. */
async function draft(asAgent: Msp, ...argv: string[]): Promise<string> {
  const { exitCode, stderr } = await asAgent(...argv)
  assert.equal(exitCode, 0, stderr.join('\n'))
  return latest(asAgent)
}

const states = async (msp: Msp) => writes(msp, 'state', 'agent', 'approvedBy')
const waiting = { state: 'draft', agent: 'claude-code', approvedBy: null }
const nobody = { agent: null, approvedBy: null }

for (const visibility of ['public', 'email']) {
  for (const more of [[], ['--yes'], ['--again', '--yes']]) {
    test(`an agent's comment with --visibility ${visibility} ${more.join(' ')} is a draft, and says who sends it`, async (t) => {
      const { asAgent, sandbox, asked } = await start(t)
      const argv = ['ticket', 'comment', 'T12345', words, '--visibility', visibility, ...more]
      assert.deepEqual(await plain(asAgent, await asAgent(...argv, '--no-json')), {
        exitCode: 0,
        stdout: [`7F3K\t12345\t${visibility}\tdraft`],
        stderr: [
          '7F3K is a draft: the client could see it on T12345, so a person sends it. In a terminal: msp outbox approve 7F3K',
          goOn('outbox approve 7F3K'),
        ],
      })
      assert.deepEqual([await states(asAgent), posted(sandbox), sandbox.syncro.mailed, asked], [[waiting], [], [], []])
    })
  }
}

test("an agent's internal comment and time go out at once, and say which agent it was", async (t) => {
  const { asAgent, sandbox } = await start(t)
  await run(asAgent, 'ticket', 'comment', 'T12345', words)
  await run(asAgent, 'time', 'log', '30m', '--ticket', 'T12345')
  const done = { state: 'done', agent: 'claude-code', approvedBy: null }
  assert.deepEqual(await states(asAgent), [done, done])
  assert.deepEqual(posted(sandbox), [{ subject: 'Note', body: words, hidden: true }])
  assert.equal(sandbox.syncro.timers(ticketId).length, 1)
})

test('with --wait a draft is not delivered, which is exit 8', async (t) => {
  const { asAgent } = await start(t)
  for (const _ of ['new', 'a repeat']) {
    const { exitCode, stdout, stderr } = await plain(asAgent, await asAgent(...comment('--wait', '--no-json')))
    const last = ['7F3K is a draft that waits to be approved.', 'In a terminal: msp outbox approve 7F3K']
    assert.deepEqual([exitCode, stdout, stderr.slice(-2)], [8, ['7F3K\t12345\tpublic\tdraft'], last])
  }
})

test('asked for again in the same words, by the agent or by a person, it is the draft that waits', async (t) => {
  const { msp, asAgent, sandbox } = await start(t)
  const shortId = await draft(asAgent, ...comment())
  const said = `This was asked for before: ${shortId}, a draft that waits to be approved (msp outbox approve ${shortId}). If it is meant to be there twice, use --again.`
  for (const by of [asAgent, msp]) assert.deepEqual((await by(...comment('--yes'))).stderr, [said])
  assert.deepEqual([await states(msp), posted(sandbox)], [[waiting], []])
})

test('neither the config, nor its variable, nor retry, resolve, run or a later command lets a draft out', async (t) => {
  const { msp, asAgent, sandbox, env } = await start(t)
  await run(msp, 'config', 'set', 'comment.visibility', 'email')
  const first = await draft(asAgent, 'ticket', 'comment', 'T12345', 'by the config')
  env.MSP_COMMENT_VISIBILITY = 'public'
  await draft(asAgent, 'ticket', 'comment', 'T12345', 'by the variable', '--yes')
  env.MSP_COMMENT_VISIBILITY = undefined
  for (const argv of [
    ['retry', first],
    ['resolve', first, '--not-sent'],
    ['resolve', first, '--sent'],
  ]) {
    for (const by of [asAgent, msp]) assert.notEqual((await by('outbox', ...argv, '--yes')).exitCode, 0)
  }
  for (const by of [asAgent, msp]) {
    assert.equal((await by('outbox', 'run', '--wait')).exitCode, 0)
    assert.equal((await by('ticket', 'show', 'T12345')).exitCode, 0)
  }
  assert.deepEqual([await states(msp), posted(sandbox), sandbox.syncro.mailed], [[waiting, waiting], [], []])
  const { exitCode, stderr } = await msp('outbox', 'retry', first)
  const hint = `In a terminal: msp outbox approve ${first}`
  assert.deepEqual([exitCode, stderr], [2, [`${first} cannot be tried again: it is a draft that waits to be approved.`, hint]])
})

test('a draft whose state somebody changes in the database does not go out: what is sealed says that it waits', async (t) => {
  const { msp, asAgent, sandbox, home } = await start(t)
  const id = await draft(asAgent, 'ticket', 'comment', 'T12345', 'by the back door', '--visibility', 'email')
  const change = { state: 'ready', agent: null, approvedBy: 'mike@example.com' } as const
  await withDatabase(home, (db) => db.updateTable('outbox').set(change).execute())
  await msp('outbox', 'run', '--wait')
  const left = await writes(msp, 'shortId', 'state', 'lastError')
  const lastError = 'An agent wrote it, and no person has approved it.'
  assert.deepEqual([left, posted(sandbox), sandbox.syncro.mailed], [[{ shortId: id, state: 'draft', lastError }], [], []])
})

test('that comments are seen by the client is not for an agent to set', async (t) => {
  const { msp, asAgent } = await start(t)
  for (const value of ['public', 'email']) {
    const command = `config set comment.visibility ${value}`
    const hint = `Ask a person to run this in a terminal: msp ${command}\n${goOn(command)}`
    const { exitCode, stdout, stderr } = await asAgent(...command.split(' '), '--yes')
    const error = { code: 'forbidden', message: 'That comments are seen by the client is for a person to set, not for an agent.', hint }
    assert.deepEqual([exitCode, stdout, parseAnswer(stderr)], [1, [], { error }])
  }
  assert.deepEqual((await msp('config', 'get', 'comment.visibility')).stdout, ['internal'])
  await run(msp, 'config', 'set', 'comment.visibility', 'public')
  await run(asAgent, 'config', 'set', 'comment.visibility', 'internal')
  assert.deepEqual((await msp('config', 'get', 'comment.visibility')).stdout, ['internal'])
})

test('a person types the name of the client after all that it says, and it goes out once', async (t) => {
  const { msp, asAgent, sandbox, tell, asked } = await start(t)
  const shortId = await draft(asAgent, 'ticket', 'comment', 'T12345', `${words}\nClient   Bell & Sons`, '--visibility', 'email')
  tell(['data'])
  const { exitCode, stdout, stderr } = await msp('outbox', 'approve', shortId.toLowerCase())
  const [heading, ...said] = stderr
  assert.match(heading ?? '', new RegExp(`^Draft ${shortId}, by claude-code for mike@example.com, \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d$`))
  assert.deepEqual(said, [
    'Ticket   T12345: Backup configuration for NAS (In Progress)',
    'Client   Dataforth',
    'Subject  Note',
    'Text',
    '  Fuser replaced.',
    '  Please test.',
    '  Client   Bell & Sons',
    mailed,
    'Commented on T12345 (email).',
  ])
  assert.deepEqual([exitCode, stdout.map((line) => line.split(/ +/).at(-1)), asked], [0, [shortId, '12345', 'email', 'done'], [question]])
  assert.deepEqual(await states(msp), [{ state: 'done', agent: 'claude-code', approvedBy: 'mike@example.com' }])
  assert.deepEqual(
    sandbox.syncro.mailed.map(({ to }) => to),
    ['helpdesk@dataforth.example'],
  )
  const again = await msp('outbox', 'approve', shortId)
  assert.deepEqual([again.exitCode, again.stderr], [2, [`${shortId} is not a draft: it is delivered.`, `See: msp outbox show ${shortId}`]])
  assert.equal(sandbox.syncro.mailed.length, 1)
})

test('another name, too little of it, or none sends nothing, --yes or not', async (t) => {
  const { msp, asAgent, sandbox, tell } = await start(t)
  await run(msp, 'client', 'add', 'Datastore')
  const shortId = await draft(asAgent, ...comment())
  const before = await writes(msp, 'state', 'agent', 'approvedBy', 'attempts')
  const refusal = [
    'That is not the name of the client, or not enough of it. Nothing was sent.',
    `${shortId} stays a draft. To withdraw it: msp outbox cancel ${shortId}`,
  ]
  // "data" fits Datastore too; "y" answers no such question
  for (const answer of ['', 'y', 'yes', 'da', 'data', 'Grabb', 'forth', 'Dataforth Inc', shortId]) {
    tell([answer])
    const { exitCode, stdout, stderr } = await msp('outbox', 'approve', shortId, '--yes')
    assert.deepEqual([exitCode, stdout, stderr.slice(-2)], [130, [], refusal])
  }
  tell([ctrlC])
  assert.equal((await msp('outbox', 'approve', shortId)).exitCode, 130)
  assert.deepEqual([await writes(msp, 'state', 'agent', 'approvedBy', 'attempts'), posted(sandbox)], [before, []])
  tell([' DATAFO '])
  assert.equal((await msp('outbox', 'approve', shortId)).exitCode, 0)
  assert.deepEqual(posted(sandbox), [{ subject: 'Note', body: words, hidden: false }])
})

test('an agent cannot approve, at a terminal neither, and learns who can', async (t) => {
  const { msp, asAgent, sandbox, asked } = await start(t)
  const shortId = await draft(asAgent, ...comment())
  const command = `outbox approve ${shortId}`
  const message = "A draft is approved by a person at a terminal, who types the client's name."
  const error = { code: 'forbidden', message, hint: `Ask a person to run this in a terminal: msp ${command}\n${goOn(command)}` }
  for (const more of [[], ['--yes'], ['--no-input'], ['--yes', '--no-input']]) {
    const { exitCode, stdout, stderr } = await asAgent(...command.split(' '), ...more)
    assert.deepEqual([exitCode, stdout, parseAnswer(stderr)], [1, [], { error }])
  }
  const hint = `Run it in a terminal, without --json and --no-input: msp ${command}`
  // as with the variables taken away by env -u
  for (const more of [[], ['--yes']]) {
    const piped = await msp.withInput('Dataforth\n', ...command.split(' '), ...more)
    assert.deepEqual(piped, { exitCode: 1, stdout: [], stderr: [message, hint] })
  }
  assert.deepEqual(await msp(...command.split(' '), '--no-input'), { exitCode: 1, stdout: [], stderr: [message, hint] })
  for (const by of [msp, asAgent]) assert.equal((await by(...command.split(' '), '--json', '--yes')).exitCode, 2)
  assert.deepEqual([await states(msp), posted(sandbox), asked], [[waiting], [], []])
})

test('a draft whose ticket is gone is refused before anybody is asked', async (t) => {
  const { msp, asAgent, sandbox, asked } = await start(t)
  const shortId = await draft(asAgent, ...comment())
  sandbox.syncro.removeTicket(ticketId)
  assert.deepEqual(await msp('outbox', 'approve', shortId), {
    exitCode: 5,
    stdout: [],
    stderr: ['Ticket T12345 is gone at SyncroMSP.', `Withdraw the draft: msp outbox cancel ${shortId}`],
  })
  assert.deepEqual([await states(msp), asked], [[waiting], []])
})

test('a draft whose ticket has passed to another client is refused with both names', async (t) => {
  const { msp, asAgent, sandbox, asked } = await start(t)
  const shortId = await draft(asAgent, ...comment())
  await run(msp, 'client', 'add', 'Grabb & Durando', '--map', 'syncro=34288071')
  sandbox.syncro.changeTicket(ticketId, { customer_id: 34288071 })
  assert.deepEqual(await msp('outbox', 'approve', shortId), {
    exitCode: 1,
    stdout: [],
    stderr: [
      'Ticket 12345 is for Grabb & Durando, the draft was written for Dataforth.',
      `Withdraw the draft: msp outbox cancel ${shortId}`,
    ],
  })
  assert.deepEqual([await states(msp), posted(sandbox), asked], [[waiting], [], []])
})

test('an agent writes no draft on a ticket whose client nobody knows', async (t) => {
  const { msp, asAgent } = await start(t)
  await run(msp, 'session', 'end')
  const { exitCode, stderr } = await asAgent('ticket', 'comment', 'T12346', words, '--visibility', 'public', '--no-json')
  assert.deepEqual(
    [exitCode, stderr],
    [
      1,
      [
        'The client of ticket 12346 is none of yours yet, so nobody could approve what it would see.',
        'Look whose it is: msp ticket show T12346 · then tie the two: msp client map NAME syncro=<id>',
      ],
    ],
  )
  assert.deepEqual(await states(msp), [])
})

test('who will see it is read again when it is approved', async (t) => {
  const { msp, asAgent, sandbox, tell } = await start(t)
  const shortId = await draft(asAgent, ...comment())
  const first = 108_450_001 // of the sandbox's contacts
  sandbox.syncro.changeTicket(ticketId, { contact_id: first })
  tell(['Dataforth'])
  const { stderr } = await msp('outbox', 'approve', shortId)
  assert.equal(stderr.at(-2), 'Dana Whitfield <dana.whitfield@dataforth.example> will see this in the portal. No mail is sent.')
})

test('an approved draft that the vendor does not take now is queued like any write', async (t) => {
  const { msp, asAgent, sandbox, tell } = await start(t)
  const shortId = await draft(asAgent, ...comment())
  sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600' })
  tell(['Dataforth'])
  const { exitCode, stderr } = await msp('outbox', 'approve', shortId)
  assert.deepEqual([exitCode, stderr.at(-2)], [0, `Queued as ${shortId}: SyncroMSP asks for a pause: too many calls.`])
  assert.deepEqual(await states(msp), [{ state: 'ready', agent: 'claude-code', approvedBy: 'mike@example.com' }])
})

test('a draft is withdrawn by whoever wants, and asked for again it is a new one', async (t) => {
  const { msp, asAgent, tell } = await start(t)
  const first = await draft(asAgent, ...comment())
  const { exitCode, stderr } = await asAgent('outbox', 'cancel', first)
  assert.deepEqual([exitCode, parseAnswer(stderr).error.hint], [2, 'Without a terminal, give it with --yes.'])
  await run(asAgent, 'outbox', 'cancel', first, '--yes')
  await draft(asAgent, ...comment())
  const cancelled = { ...waiting, state: 'cancelled' }
  assert.deepEqual(await states(msp), [waiting, cancelled])
  tell([true])
  await run(msp, 'outbox', 'cancel', await latest(msp))
  assert.deepEqual(await states(msp), [cancelled, cancelled])
})

for (const more of [[], ['--yes']]) {
  test(`the work of ticket sync --visibility public ${more} waits in one draft, and a person's sync says where it is`, async (t) => {
    const { msp, asAgent, sandbox, tell } = await start(t)
    await addWork(msp, 'one', 'two')
    const synced = await asAgent('ticket', 'sync', '--visibility', 'public', ...more)
    const shortId = await latest(msp)
    const { state, vendorId, workItems } = synced.json().pushed[0]
    assert.deepEqual([synced.exitCode, state, vendorId, workItems.length], [0, 'draft', null, 2])
    assert.deepEqual(synced.stderr, [
      `${shortId} is a draft: the client could see it on T12345, so a person sends it. In a terminal: msp outbox approve ${shortId}`,
      goOn(`outbox approve ${shortId}`),
    ])
    const later = await msp('ticket', 'sync')
    assert.deepEqual(
      [later.exitCode, later.stderr[0]],
      [0, `${shortId} has work for T12345 and is a draft that waits to be approved: msp outbox approve ${shortId}`],
    )
    assert.deepEqual(posted(sandbox), [])
    tell(['Dataforth'])
    await run(msp, 'outbox', 'approve', shortId)
    assert.deepEqual(posted(sandbox), [{ ...summary('one', 'two'), hidden: false }])
  })
}

test('a sync that insists ends with 8 while its draft waits, and in text it has a line of its own', async (t) => {
  const { msp, asAgent } = await start(t)
  await addWork(msp, 'one')
  const { exitCode, stdout, stderr } = await asAgent('ticket', 'sync', '--visibility', 'email', '--wait', '--no-json')
  const shortId = await latest(msp)
  assert.deepEqual(
    [exitCode, stdout, stderr.slice(-2)],
    [
      8,
      [`draft\t12345\t1 work item\t${shortId}`],
      ['1 of the comments waits to be approved.', `In a terminal: msp outbox approve ${shortId}`],
    ],
  )
})

test('work of a withdrawn draft goes into the next sync', async (t) => {
  const { msp, asAgent, sandbox } = await start(t)
  await addWork(msp, 'one')
  await run(asAgent, 'ticket', 'sync', '--visibility', 'public')
  await run(asAgent, 'outbox', 'cancel', await latest(msp), '--yes')
  await run(msp, 'ticket', 'sync')
  assert.deepEqual(posted(sandbox), [summary('one')])
})

test('what the end of a session syncs by itself is internal, whatever the config says and whoever ends it', async (t) => {
  const { msp, asAgent, sandbox } = await start(t)
  await run(msp, 'config', 'set', 'comment.visibility', 'email')
  await run(msp, 'ticket', 'link', 'T12345', '--auto-sync')
  await addWork(msp, 'one')
  await run(asAgent, 'session', 'end')
  assert.deepEqual([posted(sandbox), sandbox.syncro.mailed], [[summary('one')], []])
})

test("an agent's word does not stand for a person's: retry leaves approvedBy, and what a client could see twice is not sent again", async (t) => {
  const { msp, asAgent, sandbox, home, tell } = await start(t)
  sandbox.arm({ vendor: 'syncro', on, kind: 'status', times: 1 })
  tell([true])
  assert.equal((await msp(...comment())).exitCode, 0)
  const shortId = await latest(msp)
  await withDatabase(home, (db) => db.updateTable('outbox').set({ state: 'needs_human' }).execute())
  const refused = await asAgent('outbox', 'resolve', shortId, '--not-sent', '--no-json')
  assert.deepEqual(refused, {
    exitCode: 1,
    stdout: [],
    stderr: [
      `The vendor does not show comment ${shortId} on T12345.`,
      `What became of ${shortId} is for a person to say: sent again, it could be there twice.`,
      `Ask a person to run this in a terminal: msp outbox resolve ${shortId}`,
      `If you are a person, CLAUDE_CODE_CHILD_SESSION made msp take you for an agent: env -u CLAUDE_CODE_CHILD_SESSION msp outbox resolve ${shortId}`,
    ],
  })
  await withDatabase(home, (db) => db.updateTable('outbox').set({ state: 'ready', notBefore: null }).execute())
  await run(asAgent, 'outbox', 'retry', shortId)
  assert.deepEqual(await states(msp), [{ state: 'done', ...nobody }])
})

test('list and show say which agent wrote a draft and who approved it', async (t) => {
  const { msp, asAgent, tell } = await start(t)
  const shortId = await draft(asAgent, ...comment())
  const { agent, approvedBy, content } = (await msp('outbox', 'show', shortId, '--json')).json()
  assert.deepEqual([agent, approvedBy, content.body], ['claude-code', null, words])
  const list = await msp('outbox', 'list')
  assert.deepEqual(list.stderr, ['A person lets a draft out, in a terminal: msp outbox approve <id>'])
  assert.match(list.stdout[1] ?? '', new RegExp(`^${shortId} .* draft .* claude-code`))
  tell(['Dataforth'])
  await run(msp, 'outbox', 'approve', shortId)
  assert.equal((await msp('outbox', 'show', shortId, '--json=approvedBy')).json().approvedBy, 'mike@example.com')
})

for (const engine of ['sqlite', 'mariadb'] as const) {
  test(`drafts wait, and nothing without a terminal lets one out (${engine})`, async (t) => {
    const started = await startAt(t, engine)
    if (!started) return
    const { msp, env, sandbox } = started
    const asAgent = agentOf({ msp, env })
    const shortId = await draft(asAgent, ...comment())
    await addWork(msp, 'one')
    const work = await draft(asAgent, 'ticket', 'sync', '--visibility', 'public')
    await run(msp, 'outbox', 'run', '--wait')
    const synced = await msp('ticket', 'sync')
    assert.equal(synced.stderr[0], `${work} has work for T12345 and is a draft that waits to be approved: msp outbox approve ${work}`)
    for (const id of [shortId, work]) assert.equal((await msp('outbox', 'approve', id)).exitCode, 1)
    const both = [work, shortId].map((id) => ({ shortId: id, ...waiting }))
    assert.deepEqual([await writes(msp, 'shortId', 'state', 'agent', 'approvedBy'), posted(sandbox)], [both, []])
  })
}

eachEngine('of two persons who approve a draft at once one lets it out', async (db) => {
  const { row } = await addWrite(
    db,
    {
      ...{ id: newId(), integration: 'syncro', owner: '', kind: 'comment', state: 'draft', createdBy: 'mike@example.com' },
      ...{ agent: 'claude-code', dedupeKey: 'k' },
    },
    async () => {},
  )
  const content = { ticketId: '1', ticketNumber: '12345', subject: 'Note', body: 'Done.', visibility: 'email' } as const
  const names = ['rosa@example.com', 'mike@example.com']
  const tried = await Promise.allSettled(names.map((name) => releaseDraft({ db, vault: openTestVault() }, { row, content }, name)))
  const [won] = tried.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const lost = tried.flatMap((each) => (each.status === 'rejected' ? [each.reason.message] : []))
  assert.deepEqual([won?.state, lost], ['ready', [`${row.shortId} is not a draft: it is queued.`]])
  assert.ok(names.includes(won?.approvedBy ?? ''))
})
