// What `npm run bench` measures: whole processes, in turn, as ratios of medians within this one run.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { newId } from '../../src/db/id.ts'
import { migrate } from '../../src/db/migrate.ts'
import { type DatabasePlace, openDatabase } from '../../src/db/open.ts'
import { hasMariaDb, startMariaDb } from '../support/mariadb.ts'
import { reportBackups, reportPages } from './backups.ts'
import { median } from './median.ts'
import { reportOutbox } from './outbox.ts'
import { reportRaces, reportSignIn } from './sign-in.ts'
import { reportSync } from './sync.ts'

const runs = 25
const linkCount = 100_000
const root = fileURLToPath(new URL('../..', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'msp-bench-'))
const technician = 'bench@example.com'
const empty = join(home, 'empty.mjs')
writeFileSync(empty, '')

interface Contender {
  name: string
  args: string[]
  env?: Record<string, string>
  /** At most so many times the empty script. */
  bound?: number
}

try {
  await main()
} finally {
  rmSync(home, { recursive: true, force: true })
}

async function main(): Promise<void> {
  const msp = join(root, 'bin', 'msp.js')
  const contenders: Contender[] = [
    { name: 'an empty script', args: [empty] },
    { name: 'msp --version', args: [msp, '--version'], bound: 1.25 },
    { name: 'msp --help', args: [msp, '--help'], bound: 1.25 },
    { name: `msp ticket links, SQLite, ${linkCount} links`, args: [msp, 'ticket', 'links'], bound: 2 },
  ]
  await seed({ engine: 'sqlite', path: join(home, 'data', 'msp.sqlite') })
  const server = hasMariaDb() ? await startMariaDb() : undefined
  try {
    if (server) {
      const url = await createDatabase(server.url)
      await seed({ engine: 'mariadb', url, password: undefined })
      const env = { MSP_DATABASE_URL: url.href }
      contenders.push({ name: `msp ticket links, MariaDB, ${linkCount} links`, args: [msp, 'ticket', 'links'], env, bound: 4 })
    } else console.log('Without MariaDB on this machine its line is missing (npm test installs it on Debian as root).')
    report(contenders, measure(contenders))
    await reportSignIn({ home: join(home, 'sign-in'), msp, runs })
    await reportBackups({ home: join(home, 'backups'), msp, runs })
    await reportPages(runs)
    const outboxUrl = server && (await createDatabase(server.url, 'msp_outbox'))
    await reportOutbox([
      { engine: 'sqlite', path: join(home, 'outbox', 'msp.sqlite') },
      ...(outboxUrl ? [{ engine: 'mariadb', url: outboxUrl, password: undefined } as const] : []),
    ])
    await reportSync(join(home, 'sync'))
    await reportRaces(home, server && (await createDatabase(server.url, 'msp_races')))
  } finally {
    await server?.stop()
  }
  reportPackage()
}

async function createDatabase(serverUrl: string, name = 'msp_bench'): Promise<URL> {
  const db = await openDatabase({ engine: 'mariadb', url: new URL('mysql', serverUrl), password: undefined })
  const { sql } = await import('kysely')
  await sql`create database ${sql.id(name)}`.execute(db)
  await db.destroy()
  return new URL(name, serverUrl)
}

/** An open session with 20 links, among many links of another one. */
async function seed(place: DatabasePlace): Promise<void> {
  if (place.engine === 'sqlite') (await import('node:fs')).mkdirSync(join(place.path, '..'), { recursive: true })
  const db = await openDatabase(place)
  await migrate(db)
  const [clientId, open, old] = [newId(), newId(), newId()]
  await db.insertInto('clients').values({ id: clientId, name: 'Dataforth', nameKey: 'dataforth' }).execute()
  const session = { clientId, technician, machine: 'bench', startedAt: new Date() }
  await db
    .insertInto('sessions')
    .values([
      { ...session, id: old, endedAt: new Date(), openKey: null },
      { ...session, id: open, endedAt: null, openKey: `${technician}|bench` },
    ])
    .execute()
  const link = (index: number) => ({
    id: newId(),
    sessionId: index < 20 ? open : old,
    clientId,
    workItemId: null,
    integrationType: 'syncro',
    ticketId: String(100_000_000 + index),
    ticketNumber: String(index),
    ticketSubject: `Ticket ${index}`,
    ticketUrl: null,
    ticketStatus: 'open' as const,
    ticketPriority: null,
    vendorStatus: 'New',
    vendorPriority: null,
    linkType: 'related' as const,
    linkDirection: 'manual' as const,
    linkedBy: technician,
    lastSyncedAt: null,
    syncErrors: null,
  })
  await db.transaction().execute(async (transaction) => {
    for (let index = 0; index < linkCount; index += 1000) {
      const links = Array.from({ length: 1000 }, (_, offset) => link(index + offset))
      await transaction.insertInto('ticketLinks').values(links).execute()
    }
  })
  await db.destroy()
}

/** Milliseconds of each run, the contenders in turn, after a warm-up. */
function measure(contenders: readonly Contender[]): number[][] {
  const times: number[][] = contenders.map(() => [])
  for (let run = -2; run < runs; run++) {
    for (const [index, { args, env }] of contenders.entries()) {
      const began = performance.now()
      const { status, stderr } = spawnSync(process.execPath, args, {
        env: { PATH: process.env.PATH, MSP_HOME: home, MSP_TECHNICIAN: technician, MSP_MACHINE: 'bench', ...env },
      })
      if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
      if (run >= 0) times[index]?.push(performance.now() - began)
    }
  }
  return times
}

function report(contenders: readonly Contender[], times: readonly number[][]): void {
  const base = median(times[0] ?? [])
  console.log(`Node ${process.versions.node}, ${runs} runs each, medians`)
  for (const [index, { name, bound }] of contenders.entries()) {
    const time = median(times[index] ?? [])
    const ratio = time / base
    const verdict = bound === undefined ? '' : `${ratio <= bound ? 'ok  ' : 'OVER'}  at most ${bound} ×`
    if (bound !== undefined && ratio > bound) process.exitCode = 1
    console.log(`${name.padEnd(45)} ${time.toFixed(1).padStart(7)} ms ${ratio.toFixed(2).padStart(6)} ×  ${verdict}`)
  }
}

function reportPackage(): void {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' })
  const [{ size, entryCount }] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ size: number; entryCount: number }]
  const megabytes = size / 1024 ** 2
  if (megabytes >= 3) process.exitCode = 1
  console.log(`the packed package: ${megabytes.toFixed(2)} MB in ${entryCount} files (${megabytes < 3 ? 'ok' : 'OVER'}, under 3 MB)`)
}
