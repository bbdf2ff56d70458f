import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openDatabase } from '../../src/db/open.ts'
import type { Db } from '../../src/db/tables.ts'
import type { Sandbox } from '../../src/sandbox/index.ts'
import type { Step } from '../../src/world.ts'
import { placeOf } from '../support/mariadb.ts'
import { type Msp, type Result, type StartOptions, startMsp } from '../support/msp.ts'

/** T12345 and T12342 of Dataforth in the sandbox. */
export const ticketId = 108443837
export const otherId = ticketId + 17 * (12342 - 12345)

/** Where a fault meets a comment. */
export const on = 'POST tickets/:id/comment'

/** What is said of a write that is queued. */
export const online = 'The next msp command that goes online delivers it. To do it now: msp outbox run'

/** The same of one that has to wait for its turn. */
export const later = '7F3K has its next turn in N s. To wait for it: msp outbox run --wait'
export const muchLater = '7F3K has its next turn in N minutes. The next msp command that goes online after that delivers it.'

type Options = Omit<StartOptions, 'engine'>

/** A session for Dataforth with T12345 linked; without work. */
export async function startSession(t: TestContext, options: Options = {}) {
  const running = await startMsp(t, { sandbox: true, ...options } as { sandbox: true })
  await openSession(running.msp)
  return running
}

/** The same on either engine; undefined, and the test is skipped, where MariaDB is asked for and there is none. */
export async function startAt(t: TestContext, engine: 'sqlite' | 'mariadb', options: Options = {}) {
  if (engine === 'sqlite') return startSession(t, options)
  const running = await startMsp(t, { sandbox: true, ...options, engine } as { sandbox: true; engine: 'mariadb' })
  if (running) await openSession(running.msp)
  return running
}

async function openSession(msp: Msp): Promise<void> {
  await run(msp, 'client', 'add', 'Dataforth', '--map', 'syncro=34288070')
  await run(msp, 'session', 'start', '--client', 'Dataforth', '--no-input')
  await run(msp, 'ticket', 'link', 'T12345')
}

/** A command that must work. */
export async function run(msp: Msp, ...argv: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await msp(...argv)
  if (exitCode !== 0) throw new Error(`msp ${argv.join(' ')} ended with ${exitCode}: ${stderr.join('\n')}`)
  return stdout
}

export async function addWork(msp: Msp, ...notes: string[]): Promise<string[]> {
  const ids = []
  for (const note of notes) ids.push(JSON.parse((await run(msp, 'work', 'add', note, '--json=id')).join('')).id)
  return ids
}

/** What msp wrote on a ticket, without the references. */
export const posted = (sandbox: Sandbox, id = ticketId) =>
  sandbox.syncro
    .comments(id)
    .filter(({ subject }) => / · msp [0-9A-Z]{4}$/.test(subject))
    .map(({ subject, body, hidden }) => ({ subject: subject.slice(0, -' · msp 7F3K'.length), body, hidden }))

export const summary = (...notes: string[]) => ({
  subject: 'Work summary',
  body: ['Changes made today:', ...notes.map((note) => `- ${note}`)].join('\n'),
  hidden: true,
})

/** Every write, the latest first. */
export const writes = async (msp: Msp, ...fields: string[]) =>
  (await msp('outbox', 'list', '--all', `--json=${fields.join(',')}`)).json() as Record<string, unknown>[]

/** The short id of the latest write. */
export const latest = async (msp: Msp): Promise<string> => String((await writes(msp, 'shortId'))[0]?.shortId)

/** What a command left, with 7F3K for the short id of the latest write. */
export async function plain(msp: Msp, { exitCode, stdout, stderr }: Result): Promise<Result> {
  const shortId = new RegExp(`\\b${await latest(msp)}\\b`, 'g')
  const replaced = (lines: string[]) => lines.map((line) => line.replace(shortId, '7F3K').replace(/(?<=next turn in )\d+/, 'N'))
  return { exitCode, stdout: replaced(stdout), stderr: replaced(stderr) }
}

/** The database of a home with SQLite, to make what takes days. */
export async function withDatabase(home: string, change: (db: Db) => Promise<unknown>): Promise<void> {
  const db = await openDatabase(placeOf(join(home, 'data', 'msp.sqlite')))
  try {
    await change(db)
  } finally {
    await db.destroy()
  }
}

/** A person's patience is not what is tested. */
export const shortSleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.min(milliseconds, 20)))

/** As when every pause is over. */
export const makeDue = (home: string) => withDatabase(home, (db) => db.updateTable('outbox').set({ notBefore: null }).execute())

/** As when every claim has run out: this process is alive, so nothing else tells that one that ended in a test is gone. */
export const endClaims = (home: string) =>
  withDatabase(home, (db) =>
    db
      .updateTable('outbox')
      .set({ leaseUntil: new Date(0) })
      .where('leaseUntil', 'is not', null)
      .execute(),
  )

type Effect = Parameters<Step>[1]
/** What each effect passes. */
export type Seam = (name: string, effect: Effect) => Promise<unknown>
export const through: Seam = (_, effect) => effect()

/** A seam that the test may exchange while effects pass. */
export function openSeam(): { seam: { pass: Seam }; step: Step } {
  const seam = { pass: through }
  return { seam, step: ((name, effect) => seam.pass(name, effect as Effect)) as Step }
}

/** A clock that goes on only when somebody sleeps, and then at once. */
export function fastClock() {
  let passed = 0
  const now = () => new Date(Date.now() + passed)
  const sleep = async (milliseconds: number) => {
    passed += milliseconds
  }
  return { now, sleep }
}

export const sync = async (msp: Msp, ...argv: string[]) => (await msp('ticket', 'sync', ...argv, '--json')).json()

export const links = async (msp: Msp, ...fields: string[]) =>
  (await msp('ticket', 'links', '--limit', '200', `--json=${fields.join(',')}`)).json()
