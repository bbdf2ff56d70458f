import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Kysely } from 'kysely'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open.ts'
import type { Tables } from '../../src/db/tables.ts'
import { findLeaks, leakIn } from './leaks.ts'
import { findMariaDb, hasMariaDb, mariaDbPackages, type PrivateMariaDb, placeOf, startMariaDb } from './mariadb.ts'
import { template } from './template.ts'

const withoutMariaDb = `NOT TESTED: there is no MariaDB here. Install it (Debian: apt-get install -y --no-install-recommends ${mariaDbPackages.join(' ')}), or name a server in MSP_TEST_DATABASE_URL.`

/** Registers a test on SQLite and one on MariaDB, each with a database of its own that has every migration. It is closed when `body` ends. */
export function eachEngine(name: string, body: (db: Kysely<Tables>, t: TestContext) => Promise<void>): void {
  eachPlace(name, async (place, t) => {
    await fillFromTemplate(place)
    const db = await openDatabase(placeOf(place))
    try {
      await body(db, t)
    } finally {
      await db.destroy()
    }
  })
}

/** The same with an empty database that nobody has opened: `place` is the path of a file or a URL, as `placeOf` and child processes take it. */
export function eachPlace(name: string, body: (place: string, t: TestContext) => Promise<void>): void {
  test(`${name} (SQLite)`, (t) => body(join(temporaryFolder(t), 'msp.sqlite'), t))
  test(`${name} (MariaDB)`, async (t) => {
    const url = await mariaDbUrl(t)
    if (url !== undefined) await body(url, t)
  })
}

/** A new empty folder, removed after the test, which fails when a secret was written there. */
export function temporaryFolder(t: Pick<TestContext, 'after'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'msp-test-'))
  t.after(() => {
    const leaks = findLeaks(folder)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    // behind every other clean-up: a hook that throws keeps those behind it from running
    t.after(() => assert.deepEqual(leaks, [], 'secrets that were written to a file'))
  })
  return folder
}

function skipWithoutMariaDb(t: TestContext): undefined {
  if ((process.env.MSP_TEST_REQUIRE ?? '').split(',').includes('mariadb')) throw new Error(withoutMariaDb)
  t.skip(withoutMariaDb)
}

/** A MariaDB of the test's own with these options, which ends with it. Without MariaDB as `mariaDbUrl`. */
export async function privateMariaDb(t: TestContext, options: readonly string[] = []): Promise<PrivateMariaDb | undefined> {
  if (!hasMariaDb()) return skipWithoutMariaDb(t)
  const server = await startMariaDb(options)
  t.after(() => server.stop())
  return server
}

/** The URL of a new empty database on MariaDB, dropped after the test. Without MariaDB the test is skipped, or fails when MSP_TEST_REQUIRE names `mariadb`. */
export async function mariaDbUrl(t: TestContext): Promise<string | undefined> {
  const server = await findMariaDb()
  if (server === undefined) return skipWithoutMariaDb(t)
  const { url, drop } = await createDatabase(server)
  t.after(async () => {
    const leak = await leakInDatabase(url)
    await drop()
    t.after(() => assert.equal(leak, undefined, 'a secret that was written to the database'))
  })
  return url
}

async function createDatabase(server: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `msp_test_${randomUUID().replaceAll('-', '')}`
  const run = (statement: string) => onServer(server, async (connection) => void (await connection.query(statement)))
  await run(`create database ${name}`)
  return { url: new URL(name, server).href, drop: () => run(`drop database ${name}`) }
}

async function leakInDatabase(url: string): Promise<string | undefined> {
  return onServer(url, async (connection) => {
    const [tables] = await connection.query<RowDataPacket[]>({ sql: 'show tables', rowsAsArray: true })
    if (tables.length === 0) return undefined
    const names = (tables as unknown as string[][]).map(([name = '']) => name)
    const [rows] = await connection.query(names.map((name) => connection.format('select * from ??', [name])).join(';'))
    return leakIn(JSON.stringify(rows, (_, value) => (value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value)))
  })
}

async function onServer<T>(url: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await createConnection({ uri: url, multipleStatements: true, timezone: 'Z' })
  try {
    return await use(connection)
  } finally {
    await connection.end()
  }
}

/** Fills the empty database of a place with every migration. Migrating takes far longer than copying what it made. */
export async function fillFromTemplate(place: string): Promise<void> {
  if (placeOf(place).engine === 'sqlite') return copyFileSync(await template('migrated.sqlite', migrateAt), place)
  await fillMariaDb(place, await template('migrated.sql', (path) => makeMariaDb(path, place, migrateAt)))
}

/** Runs the statements of a template on an empty database. */
export const fillMariaDb = (url: string, path: string): Promise<unknown> =>
  onServer(url, (connection) => connection.query(readFileSync(path, 'utf8')))

/** Writes the statements that make what `fill` makes in an empty database of this server. */
export async function makeMariaDb(path: string, server: string, fill: (url: string) => Promise<unknown>): Promise<void> {
  const { url, drop } = await createDatabase(server)
  try {
    await fill(url)
    writeFileSync(path, await onServer(url, statementsOf))
  } finally {
    await drop()
  }
}

/** Makes the database of a place as `eachPlace` gives it ready. */
export async function migrateAt(place: string): Promise<void> {
  const db = await openDatabase(placeOf(place))
  try {
    await migrate(db)
  } finally {
    await db.destroy()
  }
}

/** The statements that make the tables of a database again, with the rows that the migrations put in. */
async function statementsOf(connection: Connection): Promise<string> {
  const statements = ['set foreign_key_checks = 0']
  const [tables] = await connection.query<RowDataPacket[]>({ sql: 'show tables', rowsAsArray: true })
  for (const [table] of tables as unknown as string[][]) {
    const [[made]] = await connection.query<RowDataPacket[]>('show create table ??', [table])
    const [rows] = await connection.query<RowDataPacket[]>('select * from ??', [table])
    statements.push(made?.['Create Table'], ...rows.map((row) => connection.format('insert into ?? set ?', [table, row])))
  }
  return statements.join(';\n')
}
