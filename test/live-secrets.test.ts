import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newId } from '../src/db/id.ts'
import { hideSecrets, keepSecret, withoutSecrets } from '../src/live-secrets.ts'
import { openPrompt, withKeptSecrets } from '../src/prompt.ts'
import { addRecord } from '../src/records/store.ts'
import { ticketId } from './outbox/start.ts'
import { eachEngine } from './support/engines.ts'
import { startMsp } from './support/msp.ts'
import { recordingIo } from './support/recording.ts'

const secretText = fc
  .string({ unit: 'grapheme', minLength: 12, maxLength: 40 })
  .filter((text) => new Set(text).size > 6 && text.trim() === text)

test('no form of a live secret is left in a text: plain, as JSON, in a URL or a form, in hex, as basic authentication', () => {
  const around = fc.string({ maxLength: 6 })
  fc.assert(
    fc.property(secretText, around, around, (secret, before, after) => {
      keepSecret(secret)
      const basic = Buffer.from(`${before}:${secret}`).toString('base64')
      const coded = [
        secret,
        JSON.stringify(`${before}${secret}${after}`),
        `https://vendor.example/?key=${encodeURIComponent(secret)}&x=1`,
        new URLSearchParams({ before, secret, after }).toString(),
        Buffer.from(secret).toString('hex'),
        `Basic ${basic}`,
        `Basic ${Buffer.from(`${before}:${secret}`).toString('base64url')}`,
      ]
      for (const text of coded) assert.ok(hideSecrets(text).includes('[hidden]'), text)
      for (const form of [secret, encodeURIComponent(secret)]) assert.ok(!hideSecrets(`${before}${form}${after}`).includes(form))
    }),
    { numRuns: 60 },
  )
})

test('of basic authentication no more than what the neighbours decide is left', () => {
  const secret = keepSecret('correct-horse-battery-staple')
  for (const user of ['', 'a', 'ab', 'abc', 'api-user']) {
    const left = hideSecrets(Buffer.from(`${user}:${secret}`).toString('base64')).replace('[hidden]', '')
    assert.ok(!Buffer.from(left, 'base64').toString().includes(secret.slice(0, 4)), left)
    assert.ok(left.length <= (user.length + 1) * 2 + 4, left)
  }
})

test('what is short enough to be a word is left: half of the answers would be unreadable', () => {
  keepSecret('backup')
  keepSecret('')
  assert.equal(hideSecrets('backup of T12345'), 'backup of T12345')
})

test('a document keeps its shape, and its numbers and times', () => {
  const secret = keepSecret('f1nd-me-"nowhere"')
  assert.deepEqual(withoutSecrets({ [secret]: [{ note: `a ${secret}` }, 12, null, true, new Date(0)] }), {
    '[hidden]': [{ note: 'a [hidden]' }, 12, null, true, '1970-01-01T00:00:00.000Z'],
  })
})

test('io shows none: not in text, a table, one item, a document, or in what it says', () => {
  for (const terminal of [false, true]) {
    const secret = keepSecret('s3cret-that-io-meets"\\')
    const io = recordingIo({ terminal })
    io.out(`out ${secret}`)
    io.err(`err ${secret}`)
    io.json({ a: [secret] })
    io.show({ a: secret }, ['a'])
    io.show({ a: secret }, ['a'], ['a'])
    io.list([{ a: secret, b: { c: secret } }], ['a', 'b'])
    const written = [...io.stdout, ...io.stderr].join('\n')
    assert.ok(!written.includes('s3cret-that'), written)
    assert.equal(written.split('[hidden]').length - 1, 7)
  }
})

test('what is typed without echo is live from then on', async () => {
  const typed = 'typed-in-the-dark-17'
  await withKeptSecrets({ ...openPrompt(false), secret: async () => typed }).secret('Password:', '--password-stdin')
  assert.equal(hideSecrets(`so ${typed} it was`), 'so [hidden] it was')
})

eachEngine('a record holds none, wherever it comes from', async (db) => {
  const secret = keepSecret('s3cret-that-a-record-meets')
  await addRecord(db, {
    ...{ id: newId(), sessionId: null, workItemId: null, clientId: null, integrationType: 'syncro_ticket', integrationName: 'SyncroMSP' },
    ...{ externalId: secret, externalUrl: `https://vendor.example/${secret}`, externalReference: secret },
    ...{ action: 'updated', direction: 'outbound', requestData: JSON.stringify({ secret }), responseData: JSON.stringify([secret]) },
    ...{ responseStatus: 'error', errorMessage: `refused ${secret}`, requestDurationMs: 1, retryCount: 0, createdBy: 'mike@example.com' },
  })
  const row = JSON.stringify(await db.selectFrom('externalIntegrations').selectAll().execute())
  assert.deepEqual([row.includes(secret), row.split('[hidden]').length - 1], [false, 6])
})

test('a vendor that says a key back in its own words, and in those of base64, is not repeated', async (t) => {
  const { msp, sandbox } = await startMsp(t, { sandbox: true })
  const { token } = sandbox.syncro
  const comment = `the key is ${token}, or ${Buffer.from(`user:${token}`).toString('base64')}`
  sandbox.syncro.addComment(ticketId, { body: comment })
  const answers = [
    await msp('ticket', 'show', 'T12345'),
    await msp('ticket', 'show', 'T12345', '--json'),
    await msp('record', 'list', '--json'),
  ]
  const written = answers.flatMap(({ stdout, stderr }) => [...stdout, ...stderr]).join('\n')
  assert.ok(written.includes('the key is [hidden], or '), written)
  assert.ok(!written.includes(token.slice(0, 12)))
})
