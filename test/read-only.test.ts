import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { harmless, personal, reading, writing } from '../src/claude/verbs.ts'
import { MspError } from '../src/errors.ts'
import { isReadOnly, readingStep } from '../src/read-only.ts'
import { clientOf, get, post } from './http/vendor.ts'
import { startMsp } from './support/msp.ts'
import { readTables } from './support/tables.ts'

/** Each command that writes with the fewest words that it takes. */
const words: Record<(typeof writing)[number] | (typeof personal)[number], string> = {
  init: 'init',
  'integrate syncro': 'integrate syncro --token-stdin',
  'integrate msp-backups': 'integrate msp-backups --username api --password-stdin',
  'integrate smtp': 'integrate smtp --host 127.0.0.1 --from msp@example.com',
  'integrate files': 'integrate files --endpoint https://s3.example.com --bucket reports',
  'integrate remove': 'integrate remove syncro --yes',
  'client add': 'client add Acme',
  'client map': 'client map Dataforth',
  'session start': 'session start --client Dataforth',
  'session end': 'session end',
  'work add': 'work add note',
  'ticket link': 'ticket link T12345',
  'ticket unlink': 'ticket unlink T12345 --yes',
  'ticket comment': 'ticket comment T12345 text',
  'ticket attach': 'ticket attach T12345 package.json --yes',
  'ticket sync': 'ticket sync',
  'time log': 'time log 15m --ticket T12345',
  'backup report': 'backup report --client Dataforth --save',
  'backup expect': 'backup expect --client Dataforth --ignore',
  'backup log': 'backup log package.json --client Dataforth',
  'backup verify': 'backup verify 1 --method checksum',
  'backup delete-mark': 'backup delete-mark 1 --yes',
  'backup dump': 'backup dump',
  'outbox cancel': 'outbox cancel 7F3K --yes',
  'outbox retry': 'outbox retry 7F3K',
  'outbox run': 'outbox run',
  'outbox resolve': 'outbox resolve 7F3K --sent',
  'outbox approve': 'outbox approve 7F3K',
  'config set': 'config set time.zone UTC',
  'config unset': 'config unset time.zone',
  'key recover': 'key recover',
  'key passphrase': 'key passphrase --remove',
  'db migrate': 'db migrate --yes',
  'claude setup': 'claude setup',
  'claude remove': 'claude remove',
  sandbox: 'sandbox',
  demo: 'demo',
}
// they have a home of their own, and never end or take long
const elsewhere = ['sandbox', 'demo']

test('with MSP_READONLY every command that writes is refused before it reads or asks anything, and nothing is different afterwards', async (t) => {
  assert.deepEqual(Object.keys(words).toSorted(), [...writing, ...personal].toSorted())
  const { msp, env, sandbox, home, tell } = await startMsp(t, { terminal: true, sandbox: true })
  await msp('client', 'add', 'Dataforth')
  await msp('client', 'map', 'Dataforth')
  tell([false])
  await msp('session', 'start', '--client', 'Dataforth')
  const before = [readTables(home), sandbox.requests.length]
  env.MSP_READONLY = '1'
  for (const [name, typed] of Object.entries(words)) {
    if (elsewhere.includes(name)) continue
    assert.deepEqual(
      [name, await msp(...typed.split(' '))],
      [
        name,
        {
          exitCode: 1,
          stdout: [],
          stderr: [
            `"msp ${name}" was not run: MSP_READONLY is set, so msp only reads.`,
            'Unset MSP_READONLY, or set it to 0, where msp may change something.',
          ],
        },
      ],
    )
  }
  assert.deepEqual([readTables(home), sandbox.requests.length], before)
})

test('with MSP_READONLY what only reads works: it keeps the record and the snapshot, and changes nothing else', async (t) => {
  const { msp, env, home } = await startMsp(t, { sandbox: true })
  await msp('client', 'add', 'Dataforth')
  await msp('client', 'map', 'Dataforth')
  await msp('session', 'start', '--client', 'Dataforth')
  const before = readTables(home)
  env.MSP_READONLY = '1'
  const typed = [
    ...['integrate list', 'integrate test', 'client list', 'client show Dataforth', 'session show', 'session list', 'work list'],
    ...['ticket search backup', 'ticket show T12345', 'ticket suggest', 'ticket links', 'time list', 'backup status', 'backup list'],
    ...['outbox list', 'record list', 'config get time.zone', 'config list', 'key status', 'db status', 'claude status'],
    ...['ticket comment T12345 text --dry-run', 'backup report --client Dataforth', 'backup expect --client Dataforth'],
    ...['help', 'ticket', 'ticket comment --help', '--version'],
  ]
  for (const each of typed) {
    const { exitCode, stderr } = await msp(...each.split(' '))
    assert.deepEqual([each, exitCode, stderr.filter((line) => line.includes('READONLY'))], [each, 0, []])
  }
  const changed = Object.entries(readTables(home)).filter(([name, rows]) => JSON.stringify(rows) !== JSON.stringify(before[name]))
  assert.deepEqual(
    changed.map(([name]) => name),
    ['backup_snapshot_bodies', 'backup_snapshot_parts', 'backup_snapshots', 'external_integrations', 'integration_credentials'],
  )
})

const refusal = (what: string) => ({
  exitCode: 1,
  stdout: [],
  stderr: [`${what}: MSP_READONLY is set, so msp only reads.`, 'Unset MSP_READONLY, or set it to 0, where msp may change something.'],
})

test('with MSP_READONLY no database is made', async (t) => {
  const { msp, home } = await startMsp(t, { env: { MSP_READONLY: '1' } })
  assert.deepEqual(await msp('time', 'list'), refusal(`The database ${join(home, 'data', 'msp.sqlite')} was not made`))
  assert.deepEqual(readdirSync(home), [])
})

test('with MSP_READONLY no vault is set up, and an older database stays as it is', async (t) => {
  const { msp, env, home } = await startMsp(t, { sandbox: true })
  const path = join(home, 'data', 'msp.sqlite')
  const change = (statements: string) => {
    const database = new DatabaseSync(path)
    database.exec(statements)
    database.close()
    return [readTables(home), readdirSync(home)]
  }
  env.MSP_READONLY = '1'
  const empty = change('delete from key_slots; delete from installation')
  assert.deepEqual(await msp('ticket', 'search', 'nas'), refusal('No vault was made in this database'))
  assert.deepEqual([readTables(home), readdirSync(home)], empty)
  const older = change("drop table rate_limits; delete from kysely_migration where name = '010_rate_limits'")
  assert.deepEqual(await msp('client', 'list'), refusal(`The database ${path} lacks 1 change of this msp, and was not changed`))
  assert.deepEqual([readTables(home), readdirSync(home)], older)
})

test('what was queued before does not go out in passing while MSP_READONLY is set', async (t) => {
  const { msp, env, sandbox } = await startMsp(t, { sandbox: true })
  const stateOf = async () => (await msp('outbox', 'list', '--all', '--json=state')).json()
  const posted = () => sandbox.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/comment')).length
  // for the command itself, and for what it does in passing
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/comment', kind: 'rate-limit', retryAfter: '0', times: 2 })
  await msp('ticket', 'comment', 'T12345', 'queued')
  env.MSP_READONLY = 'yes'
  assert.deepEqual((await msp('ticket', 'search', 'backup')).stderr, [])
  assert.deepEqual([await stateOf(), posted()], [[{ state: 'ready' }], 2])
  env.MSP_READONLY = '0'
  await msp('ticket', 'search', 'backup')
  assert.deepEqual([await stateOf(), posted()], [[{ state: 'done' }], 3])
})

test('MSP_READONLY is off when it says so', () => {
  assert.deepEqual(
    ['1', 'true', 'yes', 'x', '0', '', 'false', 'No', 'off', undefined].map((value) => isReadOnly({ MSP_READONLY: value })),
    [true, true, true, true, false, false, false, false, false, false],
  )
})

test('an option that nobody has looked at changes something', () => {
  const expect = (options: object) => harmless['backup expect']?.({ client: 'Dataforth', ...options })
  assert.deepEqual([{}, { json: '' }, { every: 60 }, { weekdays: false }, { newOne: true }].map(expect), [true, true, false, false, false])
})

test("a verb that is none of msp's reading ones is not harmless by its name", () => {
  assert.deepEqual(
    Object.keys(harmless).filter((name) => !writing.some((each) => each === name) || reading.some((each) => each === name)),
    [],
  )
})

test('the client of a vendor, and the outbox, refuse a change by themselves: none that a command forgets gets through', async () => {
  const { http, attempts } = clientOf('http://127.0.0.1:1', { isReadOnly: true })
  const refusal = { code: 'forbidden', message: 'Nothing was sent to SyncroMSP: MSP_READONLY is set, so msp only reads.' }
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) await assert.rejects(http.send({ ...post, method }), refusal)
  assert.deepEqual(attempts, [])
  // these leave, and meet nobody there
  await assert.rejects(http.send(get), { code: 'network' })
  await assert.rejects(http.send({ ...post, record: { type: 'syncro_account', action: 'retrieved' } }), { code: 'network' })
  const done: string[] = []
  const step = readingStep(async (name, effect) => {
    done.push(name)
    return effect()
  })
  await assert.rejects(
    step('outbox.add', async () => assert.fail('it was done')),
    MspError,
  )
  await step('record.add', async () => {})
  assert.deepEqual(done, ['record.add'])
})
