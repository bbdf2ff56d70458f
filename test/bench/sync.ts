// What `msp ticket sync --all` costs beside its requests, with the pacing off: waiting for its turn is not what is measured.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { bundleTests } from '../../scripts/bundle-tests.ts'
import { newId } from '../../src/db/id.ts'
import { openDatabase } from '../../src/db/open.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { forgetLimits } from './forget-limits.ts'
import { median } from './median.ts'

const links = 2000
const changes = 100
const answerMs = 20
const longAgoMs = 10 * 86_400_000 // the list is asked by the day
const rounds = 15
const mostRequests = 60
const bound = 1.3
const mostMemory = 150
const concurrency = 1 // calls to one list go one after the other: only a page tells whether there is another

interface Place {
  home: string
  /** The path of msp without its pacing. */
  msp: string
}

/** Prints the requests, the time and the memory of a sync of many links, of which some changed. */
export async function reportSync(home: string): Promise<void> {
  const bundles = join(home, 'bundles')
  mkdirSync(home, { recursive: true })
  await bundleTests([], bundles)
  const msp = join(bundles, 'bench', 'unpaced-process.mjs')
  const sandbox = await startSandbox({ seed: 'demo', rateLimit: 'off' })
  try {
    // as few links as make it read the list
    const few = await startAt(sandbox, { home: join(home, 'few'), msp }, { from: 0, to: 3 })
    const many = await startAt(sandbox, { home: join(home, 'many'), msp }, { from: 3, to: 3 + links })
    const starts: number[] = []
    const costs: Cost[] = []
    for (let round = -1; round < rounds; round++) {
      await settle(sandbox, few.home)
      const { time: start } = await few.run('ticket', 'sync', '--all')
      await settle(sandbox, many.home)
      const status = `Status ${round}`
      for (const { id } of ticketsFrom(sandbox, first + 3).slice(0, changes)) sandbox.syncro.changeTicket(id, { status })
      const before = sandbox.requests.length
      sandbox.syncro.answerMs = answerMs
      const { time, memory } = await many.run('ticket', 'sync', '--all')
      sandbox.syncro.answerMs = 0
      if (round < 0) continue
      starts.push(start)
      costs.push({ time, memory, requests: sandbox.requests.length - before })
    }
    say(costs, median(starts))
  } finally {
    await sandbox.close()
  }
}

interface Cost {
  time: number
  memory: number
  requests: number
}

function say(costs: readonly Cost[], start: number): void {
  const of = (name: keyof Cost) => median(costs.map((cost) => cost[name]))
  const [time, memory, requests] = [of('time'), of('memory') / 1024 ** 2, of('requests')]
  const allowed = bound * ((requests / concurrency) * answerMs) + start
  const isOk = requests <= mostRequests && time <= allowed && memory <= mostMemory
  if (!isOk) process.exitCode = 1
  console.log(
    `a sync of ${links} links, of which ${changes} changed, the pacing off: ${requests} requests (at most ${mostRequests}), ${time.toFixed(0)} ms ` +
      `(at most ${bound} × ${requests} × ${answerMs} ms + ${start.toFixed(0)} ms to start = ${allowed.toFixed(0)} ms), ${memory.toFixed(0)} MB (at most ${mostMemory}): ${isOk ? 'ok' : 'OVER'}`,
  )
}

interface Range {
  from: number
  to: number
}

/** An installation that is connected and has a link to each of so many new tickets. */
async function startAt(sandbox: Sandbox, { home, msp }: Place, range: Range) {
  const env = {
    PATH: process.env.PATH,
    MSP_HOME: home,
    MSP_KEY_FILE: join(home, 'key'),
    MSP_TECHNICIAN: 'bench@example.com',
    NODE_COMPILE_CACHE: join(home, 'compiled'),
  }
  const run = (...args: string[]) => runProcess([msp, ...args], env)
  await run('init')
  await runProcess([msp, 'integrate', 'syncro', '--api-url', sandbox.syncro.apiUrl, '--token-stdin'], env, sandbox.syncro.token)
  await run('client', 'add', 'Dataforth', '--map', 'syncro=34288070')
  await seed(sandbox, home, range)
  return { home, run }
}

const first = 20_000

const ticketsFrom = (sandbox: Sandbox, least: number) => [...sandbox.syncro.tickets.values()].filter(({ number }) => number >= least)

/** As many tickets, each linked and read a moment ago. */
async function seed(sandbox: Sandbox, home: string, { from, to }: Range): Promise<void> {
  const old = new Date(Date.now() - longAgoMs).toISOString()
  const customer_id = 34_288_070
  const tickets = Array.from({ length: to - from }, (_, index) => ({
    number: first + from + index,
    customer_id,
    created_at: old,
    updated_at: old,
  }))
  sandbox.syncro.addTickets(...tickets)
  const db = await openDatabase({ engine: 'sqlite', path: join(home, 'data', 'msp.sqlite') })
  const { id: clientId } = await db.selectFrom('clients').select('id').executeTakeFirstOrThrow()
  const rows = ticketsFrom(sandbox, first + from).map(({ id, number, subject, status, priority }) => ({
    ...{
      id: newId(),
      sessionId: null,
      clientId,
      workItemId: null,
      integrationType: 'syncro',
      ticketId: String(id),
      ticketNumber: String(number),
    },
    ...{ ticketSubject: subject, ticketUrl: null, ticketStatus: 'open' as const, ticketPriority: null, vendorStatus: status },
    ...{ vendorPriority: priority, linkType: 'related' as const, linkDirection: 'manual' as const, linkedBy: 'bench@example.com' },
    ...{ lastSyncedAt: null, syncErrors: null },
  }))
  for (let index = 0; index < rows.length; index += 500)
    await db
      .insertInto('ticketLinks')
      .values(rows.slice(index, index + 500))
      .execute()
  await db.destroy()
}

/** As after a sync, with every link read now and no ticket changed since. */
async function settle(sandbox: Sandbox, home: string): Promise<void> {
  const old = new Date(Date.now() - longAgoMs).toISOString()
  for (const ticket of ticketsFrom(sandbox, first)) Object.assign(ticket, { updated_at: old })
  const db = await openDatabase({ engine: 'sqlite', path: join(home, 'data', 'msp.sqlite') })
  await db.updateTable('ticketLinks').set({ lastSyncedAt: new Date() }).execute()
  await db.destroy()
  await forgetLimits(home)
}

/** Not `spawnSync`: the vendor answers in this process. */
async function runProcess(args: string[], env: NodeJS.ProcessEnv, input = ''): Promise<{ time: number; memory: number }> {
  const began = performance.now()
  const child: ChildProcess = spawn(process.execPath, args, { env, stdio: ['pipe', 'ignore', 'pipe', 'pipe'] })
  child.stdin?.end(input)
  const [stderr, memory] = [child.stderr, child.stdio[3]].map((stream) => buffer(stream as NodeJS.ReadableStream))
  const [status] = await once(child, 'close')
  const time = performance.now() - began
  if (status !== 0) throw new Error(`msp ${args.slice(1).join(' ')} ended with ${status}: ${await stderr}`)
  return { time, memory: Number(await memory) * 1024 }
}
