import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { endClaims, makeDue, run, writes } from '../outbox/start.ts'
import { connectMail, from, mailReport, report, startMailing } from './mail-start.ts'

const dana = 'dana@dataforth.example'
const three = [dana, 'lee@dataforth.example', 'kim@dataforth.example']
const named = (to: readonly string[]) => `Mail will e-mail this to ${to.join(', ')}. It cannot be taken back.`
const mailed = { stdout: [], stderr: [named([dana]), `Mailed to ${dana}.`], error: undefined }
const usage = (message: string, hint?: string) => ({ stdout: [], stderr: [], error: { code: 'usage', message, hint } })

type Started = Awaited<ReturnType<typeof startMailing>>

/** The last write, and how many mails the server has. */
async function outcome({ msp, server }: Started) {
  const [write] = await writes(msp, 'shortId', 'state', 'attempts', 'lastError')
  const { shortId, ...rest } = write as { shortId: string; state: string; attempts: number; lastError: string | null }
  return { shortId, ...rest, lastError: rest.lastError?.replaceAll(shortId, '7F3K') ?? null, mails: (await server.messages()).length }
}

const lost = (why: string) =>
  `${why} Whether it arrived cannot be looked up. Ask who should have it, then: msp outbox resolve 7F3K --sent, or --not-sent to send it again`

// each waits for a server most of the time
describe('a mail to a client', { concurrency: true }, () => {
  test('is named, sent and recorded; asked for again it is the same one', async (t) => {
    const started = await startMailing(t)
    const { msp, server } = started
    assert.deepEqual(await mailReport(started), mailed)
    const [got] = await server.messages()
    assert.deepEqual([got?.to, got?.mail.subject], [[dana], report.subject])
    const { shortId, ...rest } = await outcome(started)
    assert.deepEqual(rest, { state: 'done', attempts: 1, lastError: null, mails: 1 })
    const repeat = await mailReport(started, { to: ['Dana@Dataforth.example', dana] })
    assert.deepEqual(repeat.stderr, [`This was asked for before: ${shortId}, delivered. If it is meant to be there twice, use --again.`])
    assert.deepEqual((await mailReport(started, { to: [dana.toUpperCase()] })).stderr, repeat.stderr)
    assert.deepEqual([await mailReport(started, {}, { again: true }), (await server.messages()).length], [mailed, 2])
    const [, record] = (await msp('record', 'list', '--type', 'email_notification', '--json')).json()
    const { externalId, action, direction, clientId, responseStatus, requestData, responseData, retryCount } = record
    assert.deepEqual(
      [externalId, action, direction, responseStatus, retryCount],
      [got?.mail.messageId, 'created', 'outbound', 'success', 0],
    )
    assert.equal(clientId, (await msp('client', 'show', 'Dataforth', '--json')).json().id)
    const attachments = [{ file_name: 'Bericht für Dataforth.pdf', file_size_bytes: 7 }]
    assert.deepEqual(requestData, { to: [dana], subject: report.subject, attachments })
    assert.deepEqual(responseData, { message_id: externalId, accepted: [dana], rejected: [], response: '250 OK: message queued' })
  })

  test("that one of three recipients is refused is a person's business, and nobody gets it twice", async (t) => {
    const started = await startMailing(t)
    const { msp, server } = started
    server.refuse('kim@dataforth.example')
    const said = 'dana@dataforth.example and lee@dataforth.example have it. Not sent to kim@dataforth.example: 550 5.1.1 No such user here.'
    const first = await mailReport(started, { to: three })
    const { shortId, ...rest } = await outcome(started)
    const error = { code: 'vendor', message: `${shortId} needs a decision: ${said}`, hint: `See: msp outbox show ${shortId}` }
    assert.deepEqual(first, { stdout: [], stderr: [named(three)], error })
    assert.deepEqual(rest, { state: 'needs_human', attempts: 1, lastError: said, mails: 1 })
    assert.deepEqual((await mailReport(started, { to: three })).error, error)
    await run(msp, 'outbox', 'run', '--wait')
    assert.deepEqual(await msp('outbox', 'retry', shortId), {
      exitCode: 2,
      stdout: [],
      stderr: [
        `${shortId} was sent, and those who have it would have it twice.`,
        `Send it to the others alone, then: msp outbox resolve ${shortId} --sent`,
      ],
    })
    assert.deepEqual((await msp('outbox', 'resolve', shortId, '--not-sent')).exitCode, 2)
    await mailReport(started, { to: ['kimberly@dataforth.example'] })
    await run(msp, 'outbox', 'resolve', shortId, '--sent')
    assert.deepEqual(
      (await server.messages()).map(({ to }) => to),
      [three.slice(0, 2), ['kimberly@dataforth.example']],
    )
    assert.deepEqual(
      (await writes(msp, 'state')).map(({ state }) => state),
      ['done', 'done'],
    )
  })

  test('whose answer is lost is never sent again by itself', async (t) => {
    const started = await startMailing(t)
    const { msp, server } = started
    server.cut('after')
    const { error } = await mailReport(started)
    const { shortId, ...rest } = await outcome(started)
    const lastError = lost('127.0.0.1 cut the line.')
    assert.deepEqual(rest, { state: 'needs_human', attempts: 1, lastError, mails: 1 })
    assert.equal(error?.message.replaceAll(shortId, '7F3K'), `7F3K needs a decision: ${lastError}`)
    await mailReport(started)
    await run(msp, 'outbox', 'run', '--wait')
    assert.equal((await msp('outbox', 'retry', shortId)).exitCode, 1)
    assert.deepEqual(await outcome(started), {
      ...rest,
      shortId,
      attempts: 0,
      lastError: lost('It was on its way when msp lost sight of it.'),
    })
    await run(msp, 'outbox', 'resolve', shortId, '--not-sent')
    await run(msp, 'outbox', 'run')
    const ids = (await server.messages()).map(({ mail }) => mail.messageId)
    assert.deepEqual([(await outcome(started)).state, ids.length, new Set(ids).size], ['done', 2, 1])
  })

  test("that a process left behind while it was sending it is a person's business; before that it is sent", async (t) => {
    const started = await startMailing(t)
    const { msp, home } = started
    for (const [stopAt, expected] of [
      ['outbox.release', { state: 'needs_human', attempts: 1, lastError: lost('It was on its way when msp lost sight of it.'), mails: 1 }],
      ['outbox.sent', { state: 'done', attempts: 1, lastError: null, mails: 2 }],
    ] as const) {
      // after the mail had left its id is not known yet either
      const stopped = new Set(stopAt === 'outbox.release' ? ['outbox.found', stopAt] : [stopAt])
      const step = async <T>(name: string, effect: () => Promise<T>): Promise<T> => {
        if (stopped.has(name)) throw new Error('stopped')
        return effect()
      }
      await assert.rejects(mailReport(started, { subject: stopAt }, { step }), { message: 'stopped' })
      await endClaims(home)
      await run(msp, 'outbox', 'run')
      await makeDue(home)
      await msp('outbox', 'run')
      await makeDue(home)
      await msp('outbox', 'run')
      const { shortId: _, ...rest } = await outcome(started)
      assert.deepEqual(rest, expected)
    }
  })

  for (const [name, fail, why] of [
    ['wants it later', (server) => server.greylist(1), '127.0.0.1 takes no mail now: 451 4.7.1 Please come back later.'],
    ['cuts the line before it has it', (server) => server.cut('recipients'), '127.0.0.1 cut the line.'],
  ] as Array<[string, (server: Started['server']) => void, string]>) {
    test(`to a server that ${name} is queued, and a later run delivers it once`, async (t) => {
      const started = await startMailing(t)
      fail(started.server)
      const { stderr, error } = await mailReport(started)
      const { shortId, ...rest } = await outcome(started)
      assert.deepEqual([error, stderr[1]], [undefined, `Queued as ${shortId}: ${why}`])
      assert.deepEqual(rest, { state: 'ready', attempts: 1, lastError: why, mails: 0 })
      await makeDue(started.home)
      await run(started.msp, 'outbox', 'run')
      assert.deepEqual(await outcome(started), { shortId, state: 'done', attempts: 2, lastError: null, mails: 1 })
    })
  }

  test('to a server that is gone is queued; one that it refuses has failed', async (t) => {
    const started = await startMailing(t)
    started.server.answer('554 5.7.1 Looks like spam')
    const { error } = await mailReport(started)
    const { shortId, ...failed } = await outcome(started)
    assert.equal(error?.message, `${shortId} failed: 127.0.0.1 refused the mail: 554 5.7.1 Looks like spam.`)
    assert.deepEqual([failed.state, failed.mails], ['failed', 0])
    await started.server.down()
    assert.equal((await mailReport(started, { subject: 'Another' })).error, undefined)
    const { state, lastError } = await outcome(started)
    assert.deepEqual([state, lastError], ['ready', `Mail could not be reached at 127.0.0.1:${started.server.port} (ECONNREFUSED).`])
  })

  test('needs a yes where nobody can be asked, and with --dry-run is only shown', async (t) => {
    const started = await startMailing(t)
    assert.deepEqual(
      await mailReport(started, {}, { yes: false }),
      usage(named([dana]), 'Without a terminal, say that it is meant with --yes.'),
    )
    const { stdout, stderr } = await mailReport(started, {}, { dryRun: true })
    assert.deepEqual(
      [stdout[0], stdout.at(-1), stderr],
      [`POST smtp://127.0.0.1:${started.server.port}/`, `seen by ${dana}`, ['Nothing was sent.']],
    )
    assert.deepEqual(JSON.parse(stdout.slice(1, -1).join('\n')), {
      from,
      to: [dana],
      ...{ subject: report.subject, text: report.text, html: report.html },
      attachments: [{ fileName: 'Bericht für Dataforth.pdf', contentType: 'application/pdf', sizeBytes: 7 }],
    })
    assert.deepEqual([await writes(started.msp, 'state'), await started.server.messages()], [[], []])
  })

  test('of an agent waits, is shown whole, and a person lets it out by the name of the client', async (t) => {
    const started = await startMailing(t, { terminal: true })
    const { msp, server, tell } = started
    const { stderr } = await mailReport(started, { to: three }, { agent: true })
    const { shortId, ...draft } = await outcome(started)
    assert.deepEqual(
      stderr[0],
      `${shortId} is a draft: it would be mailed, so a person sends it. In a terminal: msp outbox approve ${shortId}`,
    )
    assert.deepEqual(draft, { state: 'draft', attempts: 0, lastError: null, mails: 0 })
    tell(['Grabb', 'data'])
    assert.equal((await msp('outbox', 'approve', shortId)).exitCode, 130)
    const approved = await msp('outbox', 'approve', shortId)
    const [heading, ...said] = approved.stderr
    assert.match(heading ?? '', new RegExp(`^Draft ${shortId}, by claude-code for mike@example.com, `))
    assert.deepEqual(
      said.map((line) => line.replace(/first: .+/, 'first: a folder')),
      [
        `From     ${from}`,
        `To       ${three.join(', ')}`,
        'Client   Dataforth',
        `Subject  ${report.subject}`,
        'File     Bericht für Dataforth.pdf (application/pdf, 7 bytes)',
        'Page     mail.html, which mail programs show instead of the text (38 bytes)',
        'Text',
        '  All backups ran.',
        '  .',
        '  Grüße',
        named(three),
        'To look at them first: a folder',
        `Mailed to ${three[0]}, ${three[1]} and ${three[2]}.`,
      ],
    )
    const [got, ...others] = await server.messages()
    assert.deepEqual([approved.exitCode, got?.to, others], [0, three, []])
  })

  test('is shown by outbox show without the bytes of its files, and can be withdrawn', async (t) => {
    const started = await startMailing(t)
    const { msp } = started
    const content = Buffer.alloc(100_000, 1).toString('base64')
    await mailReport(started, { attachments: [{ fileName: 'a.pdf', contentType: 'application/pdf', content }] }, { agent: true })
    const { shortId } = await outcome(started)
    const shown = (await msp('outbox', 'show', shortId, '--json')).json()
    assert.deepEqual(shown.content, {
      ...{ ticketId: null, ticketNumber: null, to: [dana], subject: report.subject, text: report.text, isUnapproved: true },
      ...{ htmlBytes: 38, attachments: [{ fileName: 'a.pdf', contentType: 'application/pdf', sizeBytes: 100_000 }] },
    })
    await run(msp, 'outbox', 'cancel', shortId, '--yes')
    assert.equal((await outcome(started)).state, 'cancelled')
  })

  test('that is none is refused before anything is stored', async (t) => {
    const started = await startMailing(t)
    const line = 'The subject is empty, too long, or has more than one line.'
    const file = (fileName: string, size = 1) => [{ fileName, contentType: 'text/plain', content: Buffer.alloc(size).toString('base64') }]
    for (const [given, message] of [
      [{ to: [] }, 'Nobody is named to send it to.'],
      [{ to: [dana, 'dana'] }, '"dana" is no e-mail address.'],
      [{ to: [`${dana}, all@evil.example`] }, `"${dana}, all@evil.example" is no e-mail address.`],
      [{ to: [`${dana}\r\nBcc: all@evil.example`] }, `"${dana}\r\nBcc: all@evil.example" is no e-mail address.`],
      [
        { to: Array.from({ length: 51 }, (_, index) => `a${index}@dataforth.example`) },
        'One mail goes to 50 addresses at most, and 51 are named.',
      ],
      [{ subject: 'Backups\r\nBcc: all@evil.example' }, line],
      [{ subject: ' ' }, line],
      [{ attachments: file('a\nb.pdf') }, '"a\nb.pdf" is no name for a file in a mail.'],
      [{ attachments: file('../a.pdf') }, '"../a.pdf" is no name for a file in a mail.'],
      [{ attachments: file('a.pdf', 6 * 1024 ** 2) }, 'The mail with its files is larger than 5 MB.'],
    ] as const) {
      const { error, stderr } = await mailReport(started, given)
      assert.deepEqual([error?.code, error?.message, stderr], ['usage', message, []])
      assert.ok(error?.hint, message)
    }
    assert.deepEqual([await writes(started.msp, 'state'), await started.server.messages()], [[], []])
  })

  test('is the work of an open session of that client, and of no other one', async (t) => {
    const started = await startMailing(t)
    const { msp } = started
    await run(msp, 'client', 'add', 'Grabb & Durando')
    await run(msp, 'session', 'start', '--client', 'Grabb & Durando', '--no-input')
    await mailReport(started, { subject: 'one' })
    await run(msp, 'session', 'end', '--no-input')
    await run(msp, 'session', 'start', '--client', 'Dataforth', '--no-input')
    await mailReport(started, { subject: 'two' })
    const session = (await msp('session', 'show', '--json')).json().id
    const records = (await msp('record', 'list', '--type', 'email_notification', '--json=sessionId')).json()
    assert.deepEqual(records, [{ sessionId: session }, { sessionId: null }])
  })

  test('without a mail server is refused with the command that connects one', async (t) => {
    const started = await startMailing(t)
    await run(started.msp, 'integrate', 'remove', 'smtp', '--yes')
    const error = { code: 'sign_in', message: 'Mail is not connected.', hint: 'Connect it: msp integrate smtp' }
    assert.deepEqual(await mailReport(started), { stdout: [], stderr: [], error })
  })

  test('is queued while the password is wrong, and goes out when it is connected again', async (t) => {
    const started = await startMailing(t)
    const { msp, server, home } = started
    const { port } = server
    server.password = 'a newer one'
    assert.equal((await mailReport(started)).error, undefined)
    const why = '127.0.0.1 refused the password of "backups": 535 5.7.8 Authentication credentials invalid.'
    const { shortId, ...rest } = await outcome(started)
    assert.deepEqual(rest, { state: 'ready', attempts: 1, lastError: why, mails: 0 })
    assert.equal((await connectMail(msp, { ...server, port })).exitCode, 0)
    await makeDue(home)
    await msp('outbox', 'run')
    assert.deepEqual(await outcome(started), { shortId, state: 'done', attempts: 2, lastError: null, mails: 1 })
  })
})
