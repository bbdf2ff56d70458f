// What `msp ticket sync --all` costs beside its requests.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { newId } from '../../src/db/id.ts'
import { openDatabase } from '../../src/db/open.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { median } from './median.ts'

const links = 2000
const changes = 100
const answerMs = 20
const longAgoMs = 10 * 86_400_000 // the list is asked by the day
const rounds = 5
const mostRequests = 60
const bound = 1.3
const mostMemory = 150
const concurrency = 1 // calls to one list go one after the other: only a page tells whether there is another

interface Place {
  home: string
  /** The path of bin/msp.js. */
  msp: string
}

/** Prints the requests, the time and the memory of a sync of many links, of which some changed. */
export async function reportSync({ home, msp }: Place): Promise<void> {
  const sandbox = await startSandbox({ seed: 'demo', rateLimit: 'off' })
  const env = { PATH: process.env.PATH, MSP_HOME: home, MSP_KEY_FILE: join(home, 'key'), MSP_TECHNICIAN: 'bench@example.com' }
  const run = (args: string[]) => runProcess([msp, ...args], env)
  try {
    await connect(sandbox, msp, env)
    await run(['client', 'add', 'Dataforth', '--map', 'syncro=34288070'])
    const starts: number[] = []
    const costs: Cost[] = []
    // the same command with as few links as make it read the list, none of them changed, and a vendor that answers at once
    await seed(sandbox, home, { from: 0, to: 3 })
    for (let round = -1; round < rounds; round++) {
      await settle(home)
      const { time } = await run(['ticket', 'sync', '--all'])
      if (round >= 0) starts.push(time)
    }
    await seed(sandbox, home, { from: 3, to: links })
    for (let round = -1; round < rounds; round++) {
      await change(sandbox, home)
      const before = sandbox.requests.length
      sandbox.syncro.answerMs = answerMs
      const { time, memory } = await run(['ticket', 'sync', '--all'])
      sandbox.syncro.answerMs = 0
      if (round >= 0) costs.push({ time, memory, requests: sandbox.requests.length - before })
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
    `a sync of ${links} links, of which ${changes} changed: ${requests} requests (at most ${mostRequests}), ${time.toFixed(0)} ms ` +
      `(at most ${bound} × ${requests} × ${answerMs} ms + ${start.toFixed(0)} ms to start = ${allowed.toFixed(0)} ms), ${memory.toFixed(0)} MB (at most ${mostMemory}): ${isOk ? 'ok' : 'OVER'}`,
  )
}

async function connect(sandbox: Sandbox, msp: string, env: NodeJS.ProcessEnv): Promise<void> {
  const set = spawnSync(process.execPath, [msp, 'init'], { env, encoding: 'utf8' })
  if (set.status !== 0) throw new Error(set.stderr)
  await runProcess([msp, 'integrate', 'syncro', '--api-url', sandbox.syncro.apiUrl, '--token-stdin'], env, sandbox.syncro.token)
}

/** As many tickets, each linked and read a moment ago. */
async function seed(sandbox: Sandbox, home: string, { from, to }: { from: number; to: number }): Promise<void> {
  const old = new Date(Date.now() - longAgoMs).toISOString()
  const customer_id = 34_288_070
  const first = 20_000 + from
  const tickets = Array.from({ length: to - from }, (_, index) => ({
    number: first + index,
    customer_id,
    created_at: old,
    updated_at: old,
  }))
  sandbox.syncro.addTickets(...tickets)
  const db = await openDatabase({ engine: 'sqlite', path: join(home, 'data', 'msp.sqlite') })
  const { id: clientId } = await db.selectFrom('clients').select('id').executeTakeFirstOrThrow()
  const rows = [...sandbox.syncro.tickets.values()]
    .filter(({ number }) => number >= first)
    .map(({ id, number, subject, status, priority }) => ({
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

/** Since every link was read some tickets have changed. */
async function change(sandbox: Sandbox, home: string): Promise<void> {
  await settle(home)
  const tickets = [...sandbox.syncro.tickets.values()].filter(({ number }) => number >= 20_000)
  const old = new Date(Date.now() - longAgoMs).toISOString()
  for (const ticket of tickets) Object.assign(ticket, { updated_at: old })
  const status = `Status ${Date.now()}`
  for (const { id } of tickets.slice(0, changes)) sandbox.syncro.changeTicket(id, { status })
}

/** As after a sync, with every link read now; and nothing of the vendor's limit is used up, since waiting for that is not what is measured. */
async function settle(home: string): Promise<void> {
  const db = await openDatabase({ engine: 'sqlite', path: join(home, 'data', 'msp.sqlite') })
  await db.updateTable('ticketLinks').set({ lastSyncedAt: new Date() }).execute()
  await db.deleteFrom('rateLimits').execute()
  await db.destroy()
}

const sayMemory = fileURLToPath(new URL('./say-memory.js', import.meta.url))

/** Not `spawnSync`: the vendor answers in this process. */
async function runProcess(args: string[], env: NodeJS.ProcessEnv, input = ''): Promise<{ time: number; memory: number }> {
  const began = performance.now()
  const child: ChildProcess = spawn(process.execPath, [sayMemory, ...args], { env, stdio: ['pipe', 'ignore', 'pipe', 'pipe'] })
  child.stdin?.end(input)
  const [stderr, memory] = [child.stderr, child.stdio[3]].map((stream) => buffer(stream as NodeJS.ReadableStream))
  const [status] = await once(child, 'close')
  const time = performance.now() - began
  if (status !== 0) throw new Error(`msp ${args.slice(1).join(' ')} ended with ${status}: ${await stderr}`)
  return { time, memory: Number(await memory) * 1024 }
}
