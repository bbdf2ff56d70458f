import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import tls from 'node:tls'
import { HttpFailure } from '../../src/http/failure.ts'
import type { CallRecord } from '../../src/http/http.ts'
import { findIntegration } from '../../src/integrations/index.ts'
import type { Line } from '../../src/integrations/line.ts'
import { toWords } from '../../src/integrations/smtp/failure.ts'
import { readServer } from '../../src/integrations/smtp/server.ts'
import { inSession } from '../../src/integrations/smtp/session.ts'
import type { NewEmail } from '../../src/mail/mail.ts'
import { standardLimits } from '../../src/world.ts'
import { selfSigned } from '../http/certificate.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { type MailServer, startMailServer } from '../support/mail-server.ts'

const smtp = await findIntegration('smtp')
const now = new Date('2026-01-15T21:32:00.000Z')
const host = '127.0.0.1'
const to = ['dana@dataforth.example', 'lee@dataforth.example', 'kim@dataforth.example']

const mail = (given: Partial<NewEmail> = {}): NewEmail => ({
  ...{ ticketId: null, ticketNumber: null, to: to.slice(0, 1), subject: 'Backups', text: 'All ran.', html: null, attachments: [] },
  ...given,
})

/** A line as a stored key opens it; what it records is kept. */
function plainLine({ port, username, password }: Pick<MailServer, 'port' | 'username' | 'password'>, given: Partial<Line> = {}) {
  const records: object[] = []
  const call = async <T>({ received, ...record }: CallRecord, send: () => Promise<T>): Promise<T> => {
    const answer = await send()
    records.push({ ...record, received: received?.(answer) })
    return answer
  }
  const account = { name: 'MSP Bäckups', email: 'backups@msp.example' }
  const line: Line = {
    url: `smtp://127.0.0.1:${port}`,
    username,
    password: () => password,
    account,
    limits: standardLimits,
    now: () => now,
    call,
    ...given,
  }
  return { line, records }
}

const failureOf = async (sending: Promise<unknown>) => {
  const error = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof HttpFailure, String(error))
  return [error.code, error.outcome, error.message]
}

/** A server that takes a mail and then says this. */
async function startOddServer(t: TestContext, reply: string): Promise<number> {
  const server = createServer((socket) => {
    let isBody = false
    socket.on('error', () => {})
    socket.on('data', (sent) => {
      if (isBody) return void (sent.includes('\r\n.\r\n') && socket.write(`${reply}\r\n`))
      isBody = sent.includes('DATA\r\n')
      socket.write(isBody ? '354 Go on\r\n' : '250 OK\r\n')
    })
    socket.write('220 Hello\r\n')
  })
  t.after(() => server.close())
  await once(server.listen(0, host), 'listening')
  return (server.address() as AddressInfo).port
}

const sendTo = async (line: Line, email = mail()) => (await smtp.open(line)).mail?.send.send(email, 'msp 7F3K')

// each waits for a server most of the time
describe('a mail server', { concurrency: true }, () => {
  test('a mail comes out as it went in: names, subject, text, page, and files byte by byte', async (t) => {
    const server = await startMailServer(t)
    const { line, records } = plainLine(server)
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256))
    const attachments = [
      { fileName: 'Bericht für Müller & Söhne €.pdf', contentType: 'application/pdf', content: bytes.toString('base64') },
    ]
    const [text, html] = ['All ran.\n.\n..\nFrom here on: Grüße ✓', '<p>Grüße &amp; ✓</p>']
    const subject = 'Backups für 3 € — all of them, from the first one to the last one, and more than fits in one line'
    const id = await sendTo(line, mail({ to, subject, text, html, attachments }))
    const [got, ...others] = await server.messages()
    assert.deepEqual([others, got?.from, got?.to], [[], 'backups@msp.example', to])
    const { from, to: toHeader, date, messageId, attachments: files, ...parts } = got?.mail ?? assert.fail()
    assert.deepEqual([from?.name, from?.address], ['MSP Bäckups', 'backups@msp.example'])
    assert.deepEqual([toHeader?.map(({ address }) => address), date, messageId], [to, now.toISOString(), id])
    assert.deepEqual([parts.subject, parts.text?.trimEnd(), parts.html?.trimEnd()], [subject, text, html])
    assert.deepEqual(
      files.map(({ filename, mimeType, content }) => [filename, mimeType, Buffer.from(content as ArrayBuffer).equals(bytes)]),
      [['Bericht für Müller & Söhne €.pdf', 'application/pdf', true]],
    )
    assert.match(String(id), /^<msp-7f3k\.[0-9a-f]{32}@msp\.example>$/)
    assert.deepEqual(records, [
      {
        type: 'email_notification',
        action: 'created',
        externalId: id,
        sent: { to, subject, attachments: [{ file_name: 'Bericht für Müller & Söhne €.pdf', file_size_bytes: 70_000 }] },
        received: { message_id: id, accepted: to, rejected: [], response: '250 OK: message queued' },
      },
    ])
  })

  test('the same write has the same message id, another one another', async (t) => {
    const server = await startMailServer(t)
    const { line } = plainLine(server)
    const ids = [await sendTo(line), await sendTo(line), await sendTo(line, mail({ text: 'None ran.' }))]
    assert.deepEqual([ids[0] === ids[1], ids[0] === ids[2]], [true, false])
  })

  test('what would be a header more stays text', async (t) => {
    const server = await startMailServer(t)
    const evil = 'a@b.example>\r\nBcc: all@evil.example\r\n\r\nHi'
    await sendTo(plainLine(server).line, mail({ subject: evil, attachments: [{ fileName: evil, contentType: 'text/plain', content: '' }] }))
    const [got] = await server.messages()
    const keys = got?.mail.headers.map(({ key }) => key).filter((key) => key === 'bcc')
    assert.deepEqual([got?.to, keys, got?.mail.bcc], [[to[0]], [], undefined])
  })

  test('of three recipients one is refused: two have it, and the failure says who, and that it was made', async (t) => {
    const server = await startMailServer(t)
    server.refuse('lee@dataforth.example', '550 5.1.1 No such user here')
    const { line, records } = plainLine(server)
    const error = await sendTo(line, mail({ to })).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof HttpFailure)
    const [got] = await server.messages()
    assert.deepEqual(
      [error.message, error.outcome, error.madeId, got?.to],
      [
        'dana@dataforth.example and kim@dataforth.example have it. Not sent to lee@dataforth.example: 550 5.1.1 No such user here.',
        'refused',
        got?.mail.messageId,
        ['dana@dataforth.example', 'kim@dataforth.example'],
      ],
    )
    const { received } = records[0] as { received: object }
    assert.deepEqual(received, {
      message_id: got?.mail.messageId,
      accepted: ['dana@dataforth.example', 'kim@dataforth.example'],
      rejected: [{ address: 'lee@dataforth.example', reason: '550 5.1.1 No such user here' }],
      response: '250 OK: message queued',
    })
  })

  const refusals: Array<[name: string, arm: (server: MailServer) => void, failure: unknown[], kept: number]> = [
    [
      'everybody refused',
      (server) => server.refuse('dana@dataforth.example'),
      ['vendor', 'refused', `${host} refused the mail: 550 5.1.1 No such user here.`],
      0,
    ],
    [
      'a server that wants it later',
      (server) => server.greylist(1),
      ['vendor', 'not_sent', `${host} takes no mail now: 451 4.7.1 Please come back later.`],
      0,
    ],
    [
      'the text refused',
      (server) => server.answer('554 5.7.1 Spam'),
      ['vendor', 'refused', `${host} refused the mail: 554 5.7.1 Spam.`],
      0,
    ],
    [
      'the text put off',
      (server) => server.answer('452 4.3.1 Disk full'),
      ['vendor', 'not_sent', `${host} takes no mail now: 452 4.3.1 Disk full.`],
      0,
    ],
    ['the line cut at the recipients', (server) => server.cut('recipients'), ['network', 'not_sent', `${host} cut the line.`], 0],
    ['the line cut when it had all', (server) => server.cut('after'), ['network', 'unknown', `${host} cut the line.`], 1],
  ]
  for (const [name, arm, failure, kept] of refusals) {
    test(`${name}: ${failure[1]}`, async (t) => {
      const server = await startMailServer(t)
      arm(server)
      assert.deepEqual(await failureOf(sendTo(plainLine(server).line)), failure)
      assert.equal((await server.messages()).length, kept)
    })
  }

  for (const reply of ['queued as 4711', '999 what', 'banana', '354 go on']) {
    test(`a server that answers "${reply}" to a whole mail may have it`, async (t) => {
      const port = await startOddServer(t, reply)
      assert.deepEqual(await failureOf(sendTo(plainLine({ port, username: '', password: '' }).line)), [
        ...['vendor', 'unknown'],
        `${host} has the mail and gave no answer that says what becomes of it: ${reply}.`,
      ])
    })
  }

  test('the words of a server are cut between two characters, never within one', () => {
    const said = (text: string) => toWords(text, { secrets: [] })
    assert.deepEqual(
      [said(`${'x'.repeat(299)}\u{1f527}\u{1f527}`), said('5.1.1 No such user')],
      [`${'x'.repeat(299)}…`, '5.1.1 No such user.'],
    )
  })

  test('a mail that is cut half-way was not sent: its last byte and the dot behind it never left', async (t) => {
    const server = await startMailServer(t)
    const attachments = [
      { fileName: 'a.bin', contentType: 'application/octet-stream', content: Buffer.alloc(4_000_000, 1).toString('base64') },
    ]
    server.cut('half-way')
    const failure = await failureOf(sendTo(plainLine(server).line, mail({ attachments })))
    assert.deepEqual([failure[1], await server.messages()], ['not_sent', []])
  })

  test('a server that takes all and says nothing is given up, and may have it', async (t) => {
    const server = await startMailServer(t, { onData: (stream) => void stream.resume() })
    const { line } = plainLine(server, { limits: { ...standardLimits, request: 500 } })
    assert.deepEqual(await failureOf(sendTo(line)), ['network', 'unknown', `${host} did not answer on port ${server.port} within 1.5 s.`])
  })

  test('a wrong password, a sign-in that is missing or not offered, each in its words and without the password', async (t) => {
    const server = await startMailServer(t)
    const without = await startMailServer(t, { authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'] })
    const open = async (line: Line) => (await smtp.open(line)).whoAmI()
    assert.deepEqual(await failureOf(open(plainLine({ ...server, password: 'a wrong one' }).line)), [
      ...['sign_in', 'refused'],
      `${host} refused the password of "backups": 535 5.7.8 Authentication credentials invalid.`,
    ])
    const { line } = plainLine({ ...server, username: '', password: '' })
    const wanted = await failureOf(sendTo(line))
    assert.deepEqual(wanted, ['sign_in', 'refused', `${host} wants a user name and a password: 530 Error: authentication Required.`])
    assert.deepEqual(await failureOf(open(plainLine({ ...server, port: without.port }).line)), [
      ...['sign_in', 'refused'],
      `${host} offers no sign-in, and a user name is stored for it.`,
    ])
    assert.deepEqual(await open(plainLine({ port: without.port, username: '', password: '' }).line), {
      ...{ id: 'backups@msp.example', name: 'MSP Bäckups', email: 'backups@msp.example', tenant: null },
    })
  })

  test('what a server repeats of the password is hidden', async (t) => {
    const password = 'a-password-that-nobody-may-see'
    const plain = Buffer.from(`\0backups\0${password}`).toString('base64')
    const onAuth = (_: unknown, __: unknown, done: (error: Error) => void) =>
      done(Object.assign(new Error(`bad ${password} ${plain} ${Buffer.from(password).toString('base64')}`), { responseCode: 535 }))
    const server = await startMailServer(t, { onAuth })
    const [, , message] = await failureOf((await smtp.open(plainLine({ ...server, password }).line)).whoAmI())
    assert.equal(message, `${host} refused the password of "backups": 535 bad [hidden] [hidden] [hidden].`)
  })

  test('a server that must encrypt and does not gets no password', async (t) => {
    const server = await startMailServer(t)
    const place = { ...readServer(`smtp://127.0.0.1:${server.port}`), tls: 'first' as const }
    const [code, outcome, message] = await failureOf(
      inSession({ server: place, line: plainLine(server).line, label: 'Mail' }, async () => 'in'),
    )
    assert.deepEqual([code, outcome], ['network', 'not_sent'])
    assert.match(String(message), /^127\.0\.0\.1 does not encrypt, so nothing was sent to it: 5/)
  })

  for (const [fault, message] of [
    [{ kind: 'refuse' }, /^Mail could not be reached at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)\.$/],
    [{ kind: 'close', when: 'connected' }, /^Mail could not be reached at 127\.0\.0\.1:\d+\.$/],
    [{ kind: 'blackhole' }, /^127\.0\.0\.1 did not answer on port \d+ within 0\.3 s\.$/],
    [{ kind: 'say', text: 'HTTP/1.1 400 Bad Request\r\n\r\n' }, /^Mail could not be reached|^127/],
  ] as const) {
    test(`a server that does this instead was sent nothing: ${fault.kind}`, async (t) => {
      const { port } = await startFaultProxy(t, fault)
      const { line } = plainLine({ port, username: 'a', password: 'b' }, { limits: { ...standardLimits, request: 300 } })
      const [code, outcome, said] = await failureOf(sendTo(line))
      assert.deepEqual([code, outcome], ['network', 'not_sent'])
      assert.match(String(said), message)
    })
  }
})

for (const [scheme, secure] of [
  ['smtps', true],
  ['smtp', false],
] as const) {
  test(`over ${scheme} a certificate that nobody vouches for is refused before anything is said, one that is trusted works`, async (t) => {
    const server = await startMailServer(t, { secure, disabledCommands: [], ...selfSigned })
    const place = { ...readServer(`${scheme}://127.0.0.1:${server.port}`), ...(!secure && { tls: 'first' as const }) }
    const { line } = plainLine(server)
    const trying = () => inSession({ server: place, line, label: 'Mail' }, async () => 'in')
    const untrusted = `${host} has no certificate that this machine trusts (DEPTH_ZERO_SELF_SIGNED_CERT).`
    assert.deepEqual(await failureOf(trying()), ['network', 'not_sent', untrusted])
    const usual = tls.getCACertificates('default')
    t.after(() => tls.setDefaultCACertificates(usual))
    tls.setDefaultCACertificates([...usual, selfSigned.cert])
    assert.equal(await trying(), 'in')
  })
}

for (const [address, expected] of [
  ['smtps://mail.msp.example:465', { host: 'mail.msp.example', port: 465, tls: 'always' }],
  ['smtp://mail.msp.example:587', { host: 'mail.msp.example', port: 587, tls: 'first' }],
  ['smtp://127.0.0.1:25', { host: '127.0.0.1', port: 25, tls: 'never' }],
  ['smtp://localhost:25', { host: 'localhost', port: 25, tls: 'never' }],
  ['smtp://[::1]:2525', { host: '::1', port: 2525, tls: 'never' }],
] as const) {
  test(`${address} is spoken to like this`, () => assert.deepEqual(readServer(address), expected))
}

for (const address of [
  ...['http://mail.msp.example:587', 'smtp://mail.msp.example', 'smtp://user@mail.msp.example:587', 'smtp://mail.msp.example:587/x'],
  ...['smtp://mail.msp.example:0', 'smtp://mail.msp.example:65536', 'smtp://10.0.0.1:587', 'smtp://mail:587', 'smtp://0x7f.1:25'],
  ...['smtp://127.0.0.1#.evil.example:25', 'smtp://127.0.0.1?x:25', 'smtp://mail.msp.example\n:25', 'smtp://2130706433:25', 'smtp://:25'],
]) {
  test(`${JSON.stringify(address)} is no address of a mail server`, () =>
    assert.throws(() => smtp.checkUrl(address), { name: 'MspError', code: 'usage' }))
}
