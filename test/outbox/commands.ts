import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Env } from '../../src/config.ts'
import { openDatabase } from '../../src/db/open.ts'
import type { Sandbox } from '../../src/sandbox/index.ts'
import type { Limits } from '../../src/world.ts'
import { connectMail } from '../commands/mail-start.ts'
import { type MailServer, startMailServer } from '../support/mail-server.ts'
import { placeOf } from '../support/mariadb.ts'
import type { Msp } from '../support/msp.ts'
import { addWork, run, summary, ticketId, writes } from './start.ts'

/** What a command that sends something meets. */
export interface Place {
  msp: Msp
  sandbox: Sandbox
  server: MailServer
  home: string
  env: Env
  /** Of the commands that follow. */
  limits: Partial<Limits>
}

const longAttach = 3000
/** What these commands are started with. */
export const toLimits = (): Partial<Limits> => ({ lease: 10_000, settle: 30, attach: longAttach })

/** A command that sends something: how it is asked for, and what is there of it then. */
export interface Command {
  name: string
  /** What must be there before it. */
  prepare?(place: Place, text: string): Promise<void>
  argv(text: string, home: string): string[]
  /** The ids of what is there, for each thing that it makes. It is whole and not there twice when each has one. */
  stored(place: Place, text: string): Promise<string[][]> | string[][]
  /** What must be true of it besides. */
  check?(place: Place, text: string): Promise<void>
  /** What a person may be asked, where msp cannot always tell whether it is there. */
  asks?: RegExp
}

const toIds = (rows: ReadonlyArray<{ id: number }>): string[] => rows.map(({ id }) => String(id))
const fileOf = (text: string) => `${text.replaceAll(' ', '-')}.bin`
const mailboxOf = (text: string) => `${text.replaceAll(' ', '-')}@dataforth.example`

/** The comments of msp on the ticket with that text. */
const comments = ({ syncro }: Sandbox, text: string) =>
  toIds(syncro.comments(ticketId).filter(({ subject, body }) => / · msp [0-9A-Z]{4}$/.test(subject) && body === text))

export const commands: Command[] = [
  {
    name: 'ticket comment',
    argv: (text) => ['ticket', 'comment', 'T12345', text],
    stored: ({ sandbox }, text) => [comments(sandbox, text)],
  },
  {
    name: 'ticket sync',
    prepare: async ({ msp }, text) => void (await addWork(msp, text)),
    argv: () => ['ticket', 'sync'],
    stored: ({ sandbox }, text) => [comments(sandbox, summary(text).body)],
  },
  {
    name: 'time log --charge',
    argv: (text) => ['time', 'log', '5m', '--yesterday', '--overlap', '--ticket', 'T12345', '--note', text, '--charge', '--yes'],
    stored: ({ sandbox: { syncro } }, text) => {
      const timers = syncro.timers(ticketId).filter(({ notes }) => notes?.startsWith(`${text} (`))
      const lines = timers.flatMap(({ ticket_line_item_id: id }) => (id === null ? [] : [{ id }]))
      return [toIds(timers), toIds(lines)]
    },
    check: async ({ msp, sandbox: { syncro } }, text) => {
      const lines = syncro.lineItems(ticketId).filter(({ description }) => description.startsWith(`${text} `))
      const listed = (await msp('time', 'list', '--yesterday', '--json=note,chargedAt')).json() as Array<Record<string, unknown>>
      const charged = listed.flatMap(({ note, chargedAt }) => (note === text ? [typeof chargedAt] : []))
      assert.deepEqual([lines.map(({ quantity }) => quantity), charged], [['0.25'], ['string']])
    },
  },
  {
    name: 'ticket attach',
    prepare: async ({ home }, text) => writeFileSync(join(home, fileOf(text)), randomBytes(100)),
    argv: (text, home) => ['ticket', 'attach', 'T12345', join(home, fileOf(text)), '--yes'],
    stored: ({ sandbox: { syncro } }, text) => [toIds(syncro.attachments(ticketId).filter(({ file_name }) => file_name === fileOf(text)))],
    asks: /^(The vendor has not shown that it took it; look at the ticket|SyncroMSP has not shown .+ on T12345; look there before it is attached again)\.$/,
  },
  {
    name: 'backup report --email',
    argv: (text) => ['backup', 'report', '--client', 'Dataforth', '--email', mailboxOf(text), '--yes'],
    stored: async ({ server }, text) => {
      const mails = (await server.messages()).filter(({ to }) => to.includes(mailboxOf(text)))
      return [mails.map(({ mail }) => mail.messageId ?? '')]
    },
    asks: /Whether it arrived cannot be looked up\. Ask who should have it, then: msp outbox resolve \w{4} --sent, or --not-sent to send it again$/,
  },
]

/** What these commands need besides a session with a linked ticket. */
export async function prepareCommands(t: TestContext, started: Omit<Place, 'server'>): Promise<Place> {
  const { msp, env } = started
  Object.assign(env, { MSP_PUBLIC_URL: 'http://127.0.0.1', MSP_LISTEN: '127.0.0.1:0' })
  const server = await startMailServer(t)
  assert.equal((await connectMail(msp, server)).exitCode, 0)
  await run(msp, 'client', 'map', 'Dataforth', 'msp-backups')
  started.sandbox.syncro.laborRounding = { minimum: 0, step: 15 }
  await run(msp, 'config', 'set', 'syncro.rounding', '15m')
  return { ...started, server }
}

/**
 * Has a command break, does what whoever sees that does, and sees that all is there once and that msp knows it: what is queued goes out, a person says
 * of what msp cannot tell whether it is there, and the command is repeated.
 */
export async function breakAndMend(place: Place, command: Command, text: string, runBroken: (argv: string[]) => Promise<unknown>) {
  const { msp, limits } = place
  await command.prepare?.(place, text)
  const argv = command.argv(text, place.home)
  const before = await writes(msp, 'shortId')
  // a file that nobody fetches any more need not be waited for
  limits.attach = 150
  await runBroken(argv)
  await seeDead(place)
  await msp('outbox', 'run', '--wait')
  const decided = await decide(place, command, text)
  limits.attach = longAttach
  await msp(...argv)
  await msp('outbox', 'run', '--wait')
  decided.push(...(await decide(place, command, text)))
  const stored = await command.stored(place, text)
  const all = await writes(msp, 'shortId', 'kind', 'state', 'vendorId', 'lastError')
  const own = all.filter(({ shortId }) => !before.some((other) => other.shortId === shortId))
  const open = own.filter(({ state }) => !['done', 'cancelled', 'failed'].includes(String(state)))
  assert.deepEqual([stored.map(({ length }) => length), open], [stored.map(() => 1), []], JSON.stringify(own))
  const done = own.filter(({ state, shortId }) => state === 'done' && !decided.includes(String(shortId)))
  const untrue = done.filter(({ vendorId, lastError }) => !stored.flat().includes(String(vendorId)) || lastError !== null)
  assert.deepEqual(untrue, [], JSON.stringify(stored))
  await command.check?.(place, text)
}

/** A person who looks says of what msp cannot tell whether it is there. Gives the short ids. */
async function decide(place: Place, command: Command, text: string): Promise<string[]> {
  const { msp } = place
  const decided: string[] = []
  for (const { shortId, state, lastError } of await writes(msp, 'shortId', 'state', 'lastError')) {
    if (state !== 'needs_human') continue
    assert.match(String(lastError), command.asks ?? /^it is never asked$/)
    const isThere = (await command.stored(place, text)).every(({ length }) => length > 0)
    await msp('outbox', 'resolve', String(shortId), isThere ? '--sent' : '--not-sent')
    decided.push(String(shortId))
  }
  if (decided.length > 0) await msp('outbox', 'run', '--wait')
  return decided
}

/** Whatever a command holds, it ends with its process; here that is the test's own, which lives. */
async function seeDead({ env, home }: Place): Promise<void> {
  const db = await openDatabase(placeOf(env.MSP_DATABASE_URL ?? join(home, 'data', 'msp.sqlite')))
  try {
    const held = await db.selectFrom('outbox').select(['id', 'leaseOwner']).where('leaseOwner', 'is not', null).execute()
    // of its number, and started at another time
    for (const { id, leaseOwner } of held)
      await db
        .updateTable('outbox')
        .set({ leaseOwner: `${leaseOwner}0` })
        .where('id', '=', id)
        .execute()
  } finally {
    await db.destroy()
  }
}
