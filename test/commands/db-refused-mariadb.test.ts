import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { selfSigned } from '../http/certificate.ts'
import { privateMariaDb, temporaryFolder } from '../support/engines.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { type Msp, startMsp } from '../support/msp.ts'

const everyCommand = [
  ['db', 'status'],
  ['db', 'migrate', '--yes'],
  ['db', 'migrate', '--dry-run'],
  ['client', 'list'],
  ['init'],
  ['key', 'status'],
]

async function everyCommandSays(msp: Msp, ...stderr: string[]): Promise<void> {
  for (const argv of everyCommand) assert.deepEqual(await msp(...argv), { exitCode: 1, stdout: [], stderr }, argv.join(' '))
}

/** The address of a server's database `msp` for a user. */
const addressOf = (server: string, user: string, database = 'msp'): string =>
  new URL(database, server.replace(/\/\/[^@]*@/, `//${user}@`)).href

const placeOf = (address: string): string => address.replace(/^.*@/, '')

async function onServer(url: string, ...statements: string[]): Promise<RowDataPacket[]> {
  const connection = await createConnection({ uri: url, rowsAsArray: true })
  try {
    let rows: RowDataPacket[] = []
    for (const statement of statements) [rows] = await connection.query<RowDataPacket[]>(statement)
    return rows
  } finally {
    await connection.end()
  }
}

/** A server of its own with these options, on which the user `u` may do everything in the empty database `msp`; undefined, and the test is skipped, without MariaDB. */
async function startServer(t: TestContext, ...options: string[]): Promise<string | undefined> {
  const server = await privateMariaDb(t, options)
  if (!server) return undefined
  await onServer(server.url, 'create database msp', "create user u identified by 'pw'", 'grant all on msp.* to u')
  return server.url
}

/** msp at an empty database of the shared server, with a user of its own that has these rights on it. */
async function startAsUser(t: TestContext, rights: string) {
  const running = await startMsp(t, { engine: 'mariadb', migrated: false })
  if (running === undefined) return undefined
  const address = running.env.MSP_DATABASE_URL ?? ''
  const database = new URL(address).pathname.slice(1)
  const user = `u${database.slice(-20)}`
  await onServer(address, `create user ${user} identified by 'pw'`, `grant ${rights} on ${database}.* to ${user}`)
  t.after(() => onServer(new URL('/', address).href, `drop user ${user}`))
  running.env.MSP_DATABASE_URL = addressOf(address, `${user}:pw`, database)
  return { ...running, address, database, user, place: placeOf(address) }
}

test('a wrong password is a sentence', async (t) => {
  const running = await startAsUser(t, 'all')
  if (running === undefined) return
  const { msp, env, user, address, database, place } = running
  env.MSP_DATABASE_URL = addressOf(address, `${user}:wrong`, database)
  await everyCommandSays(
    msp,
    `The database at ${place} refused the user or the password.`,
    'Store the password again: msp config set database.url <url> · or mend it in MSP_DATABASE_URL, which wins where it is set.',
  )
})

test('a database that is not there, and one that the user may not open, are sentences', async (t) => {
  const running = await startAsUser(t, 'all')
  if (running === undefined) return
  const { msp, env, user, address, database } = running
  env.MSP_DATABASE_URL = addressOf(address, 'root', `${database}_x`)
  await everyCommandSays(msp, `There is no such database at ${placeOf(env.MSP_DATABASE_URL)}.`, 'Create it first: CREATE DATABASE …')
  env.MSP_DATABASE_URL = addressOf(address, `${user}:pw`, 'mysql')
  await everyCommandSays(
    msp,
    `The user of the database at ${placeOf(env.MSP_DATABASE_URL)} may not do that: Access denied for user '${user}'@'%' to database 'mysql'.`,
    'Give the user the rights that it lacks: GRANT ALL PRIVILEGES ON <database>.* TO <user>',
  )
})

test('a user who may only read sees the status, and is told which right the rest needs', async (t) => {
  const running = await startAsUser(t, 'select')
  if (running === undefined) return
  const { msp, env, address, database, user, place } = running
  const asUser = env.MSP_DATABASE_URL
  const denied = (command: string, table: string) => [
    `The user of the database at ${place} may not do that: ${command} command denied to user '${user}'@'127.0.0.1' for table \`${database}\`.\`${table}\`.`,
    'Give the user the rights that it lacks: GRANT ALL PRIVILEGES ON <database>.* TO <user>',
  ]
  assert.equal((await msp('db', 'status')).exitCode, 0)
  const migrated = await msp('db', 'migrate', '--yes')
  assert.deepEqual([migrated.exitCode, migrated.stderr.slice(-2)], [1, denied('CREATE', 'kysely_migration')])
  assert.deepEqual(await onServer(address, 'show tables'), [])
  env.MSP_DATABASE_URL = address
  assert.equal((await msp('db', 'migrate', '--yes')).exitCode, 0)
  env.MSP_DATABASE_URL = asUser
  assert.deepEqual((await msp('client', 'list')).exitCode, 0)
  assert.deepEqual(await msp('client', 'add', 'Grabb'), { exitCode: 1, stdout: [], stderr: denied('INSERT', 'clients') })
})

test('a read-only server is read; what would write is refused, and nothing is changed', async (t) => {
  const server = await startServer(t, '--read-only')
  if (server === undefined) return
  const [asRoot, asUser] = [addressOf(server, 'root'), addressOf(server, 'u:pw')]
  const { msp, env } = await startMsp(t, { env: { MSP_DATABASE_URL: asUser } })
  const refusal = [
    `The database at ${placeOf(asUser)} is read-only at the moment.`,
    'Try again when the server takes writes, or name the one that does.',
  ]
  const migrated = await msp('db', 'migrate', '--yes')
  assert.deepEqual([migrated.exitCode, migrated.stderr.slice(-2)], [1, refusal])
  assert.deepEqual(await onServer(asRoot, 'show tables'), [])
  env.MSP_DATABASE_URL = asRoot // who may write all the same
  assert.equal((await msp('db', 'migrate', '--yes')).exitCode, 0)
  env.MSP_DATABASE_URL = asUser
  assert.deepEqual((await msp('db', 'status', '--json=state')).json(), { state: 'up to date' })
  for (const argv of [['client', 'add', 'Grabb'], ['init']])
    assert.deepEqual(await msp(...argv), { exitCode: 1, stdout: [], stderr: refusal }, argv.join(' '))
})

for (const [version, what] of [
  ['10.6.5-MariaDB', 'MariaDB 10.6.5'],
  ['8.0.36', 'no MariaDB (its version is 8.0.36)'],
] as const) {
  test(`a server that says it is ${version} is refused, with what msp needs`, async (t) => {
    const server = await startServer(t, `--version=${version}`)
    if (server === undefined) return
    const address = addressOf(server, 'u:pw')
    const { msp } = await startMsp(t, { env: { MSP_DATABASE_URL: address } })
    await everyCommandSays(
      msp,
      `The database at ${placeOf(address)} is ${what}; msp needs MariaDB 10.11 or newer. Nothing was changed.`,
      'Update that server, or name another one: msp config set database.url <url>',
    )
    assert.deepEqual(await onServer(addressOf(server, 'root'), 'show tables'), [])
  })
}

/** The server by an address that is not loopback's own, through a line that keeps what was sent. */
async function overNetwork(t: TestContext, server: string) {
  const line = await startFaultProxy(t, { kind: 'none' }, Number(new URL(server).port))
  const address = `mysql://u:s3cret@0.0.0.0:${line.port}/msp`
  const { msp } = await startMsp(t, { env: { MSP_DATABASE_URL: address } })
  return { msp, line, place: placeOf(address) }
}

test('over a network a server without TLS gets no password and not even the user', async (t) => {
  const server = await startServer(t)
  if (server === undefined) return
  const { msp, line, place } = await overNetwork(t, server)
  await everyCommandSays(
    msp,
    `The database at ${place} offers no TLS, which msp requires over a network. No password was sent.`,
    'Switch TLS on there: ssl-cert and ssl-key in the settings of the server. This machine must trust the certificate.',
  )
  assert.deepEqual([line.connections(), line.received()], [everyCommand.length, ''])
})

test('over a network a certificate that nobody vouches for is refused before anything is said', async (t) => {
  const folder = temporaryFolder(t)
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(cert, selfSigned.cert)
  writeFileSync(key, selfSigned.key)
  const server = await startServer(t, `--ssl-cert=${cert}`, `--ssl-key=${key}`)
  if (server === undefined) return
  const { msp, line, place } = await overNetwork(t, server)
  await everyCommandSays(
    msp,
    `The database at ${place} has no certificate that this machine trusts (self-signed certificate). No password was sent.`,
    'Give the server a certificate that this machine trusts (NODE_EXTRA_CA_CERTS for your own authority).',
  )
  assert.equal(line.connections(), everyCommand.length)
  for (const secret of ['s3cret', 'mysql_native_password\0']) assert.equal(line.received().includes(secret), false, secret)
})

test('MariaDB: a database newer than this msp is refused by every command and not touched', async (t) => {
  const running = await startMsp(t, { engine: 'mariadb' })
  if (running === undefined) return
  const { msp, env } = running
  const address = env.MSP_DATABASE_URL ?? ''
  await onServer(address, "insert into kysely_migration values ('999_teleport', '2027-01-01')")
  const before = await onServer(address, 'checksum table kysely_migration, clients, sessions, outbox')
  const refusal = [
    'The database was changed by a newer msp (999_teleport). Nothing was touched.',
    'Install the newest msp on this machine too.',
  ]
  for (const argv of [...everyCommand.slice(1), ['client', 'add', 'Grabb'], ['outbox', 'list'], ['record', 'list']])
    assert.deepEqual(await msp(...argv), { exitCode: 1, stdout: [], stderr: refusal }, argv.join(' '))
  const status = await msp('db', 'status')
  assert.deepEqual([status.exitCode, status.stdout[0], status.stderr], [1, `mariadb\t${placeOf(address)}\tnewer than this msp`, refusal])
  assert.deepEqual(await onServer(address, 'checksum table kysely_migration, clients, sessions, outbox'), before)
})
