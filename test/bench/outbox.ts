// What the outbox costs beside the bare statements, and what a sync of many links costs beside its requests.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { databaseTime } from '../../src/db/dialect.ts'
import { newId } from '../../src/db/id.ts'
import { migrate } from '../../src/db/migrate.ts'
import { type DatabasePlace, openDatabase } from '../../src/db/open.ts'
import type { Db } from '../../src/db/tables.ts'
import { deliverWrite } from '../../src/outbox/deliver.ts'
import { addWrite, type NewOutboxRow } from '../../src/outbox/store.ts'
import { thisOwner } from '../../src/owner.ts'
import { recordAttempt } from '../../src/records/record.ts'
import { standardLimits } from '../../src/world.ts'
import { median } from './median.ts'

const writes = 200
const rounds = 7
const leastStatements = 0.7
const leastPath = 0.3

const me = thisOwner('bench')
const request = {
  method: 'POST',
  path: 'tickets/1/comment',
  body: { body: 'Done' },
  record: { type: 'syncro_ticket', action: 'updated' },
} as const
const row = (): NewOutboxRow => ({
  ...{ id: newId(), integration: 'syncro', owner: '', kind: 'comment', ticketId: newId(), ticketNumber: '1', dedupeKey: newId() },
  ...{ state: 'ready', createdBy: 'bench@example.com', payloadEncrypted: Buffer.alloc(200) },
})

/** An insert and two updates, which is the least that a state before and after takes. */
async function bare(db: Db): Promise<void> {
  const { id, ...write } = row()
  const shortId = id.slice(-10)
  await db
    .insertInto('outbox')
    .values({ id, ...write, shortId, reference: `msp ${shortId}` })
    .execute()
  await db
    .updateTable('outbox')
    .set({ state: 'sending', leaseOwner: 'bench', leaseUntil: databaseTime(db, 20_000) })
    .where('id', '=', id)
    .execute()
  await db.updateTable('outbox').set({ state: 'done', vendorId: '1', leaseOwner: null, leaseUntil: null }).where('id', '=', id).execute()
}

/** The outbox's own way, to a vendor that answers at once. `whole`: what it made is read back, as a comment is, and both calls are recorded. */
const throughOutbox =
  (whole: boolean) =>
  async (db: Db): Promise<void> => {
    const { row: write } = await addWrite(db, row())
    const record = async () => {
      const attempt = {
        request,
        attempt: 0,
        status: 'success',
        error: null,
        durationMs: 1,
        answer: { id: 1 },
        redact: (text: string) => text,
      } as const
      await recordAttempt(db, 'SyncroMSP', attempt, { sessionId: null, clientId: null, createdBy: 'bench@example.com' })
    }
    const channel = {
      request: () => request,
      send: async () => {
        if (whole) await record()
        return '1'
      },
      find: async () => 'absent' as const,
      ...(whole && { complete: record }),
    }
    const route = async () => ({ channel, content: {}, keepContent: async () => {}, lagMs: 0 })
    await deliverWrite({ db, owner: me, step: (_, effect) => effect(), limits: standardLimits, route }, write)
  }

/** Prints what a write takes, in turn with the bare statements, as ratios. */
export async function reportOutbox(places: readonly DatabasePlace[]): Promise<void> {
  for (const place of places) {
    if (place.engine === 'sqlite') mkdirSync(join(place.path, '..'), { recursive: true })
    const db = await openDatabase(place)
    await migrate(db)
    const [least, own, whole] = await measure(db, [bare, throughOutbox(false), throughOutbox(true)])
    await db.destroy()
    say(`${place.engine}: the outbox's own statements`, { least, taken: own, bound: leastStatements })
    say(`${place.engine}: the whole path with read-back and records`, { least, taken: whole, bound: leastPath })
  }
}

/** Milliseconds of so many writes each, medians of rounds in turn, after a warm-up. */
async function measure(db: Db, contenders: readonly ((db: Db) => Promise<void>)[]): Promise<number[]> {
  const times: number[][] = contenders.map(() => [])
  for (let round = -1; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const began = performance.now()
      for (let write = 0; write < writes; write++) await contender(db)
      if (round >= 0) times[index]?.push(performance.now() - began)
    }
  }
  return times.map(median)
}

function say(what: string, { least = Number.NaN, taken = Number.NaN, bound }: { least?: number; taken?: number; bound: number }): void {
  const ratio = least / taken
  if (!(ratio >= bound)) process.exitCode = 1
  const verdict = ratio >= bound ? 'ok' : 'UNDER'
  console.log(
    `${what}: ${(taken / writes).toFixed(2)} ms a write, ${ratio.toFixed(2)} × as fast as an insert and two updates (at least ${bound}: ${verdict})`,
  )
}
