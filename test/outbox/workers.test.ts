import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openDatabase } from '../../src/db/open.ts'
import { startSandbox } from '../../src/sandbox/index.ts'
import { privateMariaDb } from '../support/engines.ts'
import { placeOf } from '../support/mariadb.ts'
import { startMsp } from '../support/msp.ts'
import { scriptFile } from '../support/processes.ts'
import { random } from '../support/random.ts'
import { seed } from '../support/some.ts'
import { on, run } from './start.ts'

// `MSP_TEST_WRITES=500 npm test -- test/outbox/workers.test.ts` makes more of it
const count = Number(process.env.MSP_TEST_WRITES ?? 60)
const workers = 4
const numbers = Array.from({ length: 12 }, (_, index) => 2000 + index)

/** A tenant whose answers get lost on the way as often as on a bad day, and whose lists lag behind. */
async function startBadVendor(t: TestContext, next: () => number) {
  const sandbox = await startSandbox({ seed: 'demo', rateLimit: 'off' })
  t.after(() => sandbox.close())
  sandbox.syncro.addTickets(...numbers.map((number) => ({ number, client: 'Dataforth' })))
  sandbox.syncro.commentLagMs = 300
  for (let skip = 0; skip < count * 10; skip++) {
    const dice = next()
    if (dice < 0.25) sandbox.arm({ vendor: 'syncro', on, kind: 'cut-after', skip })
    else if (dice < 0.3) sandbox.arm({ vendor: 'syncro', on, kind: 'cut-before', skip })
    else if (dice < 0.4) sandbox.arm({ vendor: 'syncro', on, kind: 'status-after', skip })
    else if (dice < 0.5) sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', skip, retryAfter: '0' })
  }
  return sandbox
}

const path = scriptFile('../outbox/worker-process.ts')

/** Keeps a worker going until its comments are all asked for: one that was killed goes on where it was, and asks once more for what it did last. */
async function keepGoing(env: object, worker: number, children: (ChildProcess | undefined)[], kills: { count: number }): Promise<void> {
  for (let from = worker; from < count; ) {
    const args = [path, JSON.stringify(env), String(from), String(workers), String(count), ...numbers.map(String)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    children[worker] = child
    let errors = ''
    child.stderr.on('data', (text) => {
      errors += text
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      from = Number(text.trim().split('\n').at(-1)) + workers
      // whatever the machine's speed, one dies in the middle
      if (worker === 0 && kills.count === 0) child.kill('SIGKILL')
    })
    const [status, signal] = await once(child, 'exit')
    if (signal === 'SIGKILL') kills.count++
    else assert.equal(status, 0, errors)
    assert.doesNotMatch(errors, /bug in msp/)
  }
}

/** Kills a worker now and then until `over`. */
async function killAtRandom(next: () => number, children: (ChildProcess | undefined)[], over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await wait(300 + next() * 700, undefined, { signal: over }).catch(() => {})
    if (!over.aborted) children[Math.floor(next() * workers)]?.kill('SIGKILL')
  }
}

interface Place {
  databaseUrl?: string | undefined
  /** In the middle. */
  trouble?: (() => Promise<void>) | undefined
}

async function workThrough(t: TestContext, { databaseUrl, trouble }: Place): Promise<void> {
  const next = random(seed)
  const sandbox = await startBadVendor(t, next)
  const { msp, env, home } = await startMsp(t, { env: { MSP_DATABASE_URL: databaseUrl }, limits: { settle: 400, lease: 3000 } })
  if (databaseUrl) await run(msp, 'db', 'migrate', '--yes')
  const { exitCode } = await msp.withInput(sandbox.syncro.token, 'integrate', 'syncro', '--api-url', sandbox.syncro.apiUrl, '--token-stdin')
  assert.equal(exitCode, 0)
  await run(msp, 'client', 'add', 'Dataforth', '--map', 'syncro=34288070')
  const [children, kills, over]: [(ChildProcess | undefined)[], { count: number }, AbortController] = [
    [],
    { count: 0 },
    new AbortController(),
  ]
  const killing = killAtRandom(next, children, over.signal)
  const troubled = trouble && wait(2000).then(trouble)
  await Promise.all(Array.from({ length: workers }, (_, worker) => keepGoing(env, worker, children, kills)))
  over.abort()
  await Promise.all([killing, troubled])
  for (let turn = 0; turn < 20; turn++) {
    const open = (await msp('outbox', 'run', '--wait')).exitCode
    if (open === 0) break
  }
  const db = await openDatabase(placeOf(databaseUrl ?? join(home, 'data', 'msp.sqlite')))
  t.after(() => db.destroy())
  const rows = await db.selectFrom('outbox').select(['ticketId', 'state', 'vendorId', 'lastError']).orderBy('seq').execute()
  assert.deepEqual(
    rows.filter(({ state }) => state !== 'done'),
    [],
    `seed ${seed}`,
  )
  const stored = [...sandbox.syncro.tickets.values()]
    .filter(({ number }) => numbers.includes(number))
    .map(({ id }) => sandbox.syncro.comments(id))
  const texts = stored.flat().map(({ body }) => body)
  const asked = Array.from({ length: count }, (_, number) => `comment ${number}`)
  assert.deepEqual([texts.toSorted(), kills.count > 0], [asked.toSorted(), true], `seed ${seed}, ${kills.count} kills`)
  // ids grow, so the order at the vendor is the order in which they were asked for
  for (const [ticketId, own] of Map.groupBy(rows, (row) => row.ticketId)) {
    const there = sandbox.syncro.comments(Number(ticketId)).map(({ id }) => String(id))
    assert.deepEqual(
      own.map(({ vendorId }) => vendorId),
      there.toSorted((one, other) => Number(one) - Number(other)),
      `seed ${seed}`,
    )
  }
}

test(`${workers} processes, killed at random, post ${count} comments once each and in order (SQLite)`, (t) => workThrough(t, {}))

test('the same with MariaDB, which is killed and started again in the middle', async (t) => {
  // a killed server must keep what it has committed
  const server = await privateMariaDb(t, ['--innodb-flush-log-at-trx-commit=2'])
  if (!server) return
  const db = await openDatabase(placeOf(`${server.url}mysql`))
  const { sql } = await import('kysely')
  await sql`create database msp_workers`.execute(db)
  await db.destroy()
  const databaseUrl = `${server.url}msp_workers`
  await workThrough(t, { databaseUrl, trouble: server.crash })
})
