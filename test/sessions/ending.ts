import type { TestContext } from 'node:test'
import { nasId, startWorking, type WorkingOptions } from '../clients/working.ts'

const started = new Date('2026-01-15T17:00:00.000Z')

/** A session that starts at ten in Phoenix and ends so many minutes later, linked to these tickets. */
export async function startSession(t: TestContext, options: WorkingOptions & { minutes?: number; tickets?: string[] } = {}) {
  const { minutes = 150, tickets = ['T12345'], ...more } = options
  let clock = started
  const working = await startWorking(t, { terminal: true, ...more, now: () => clock })
  const { id } = (await working.msp('session', 'start', '--client', 'data', '--json')).json()
  for (const ticket of tickets) await working.msp('ticket', 'link', ticket)
  clock = new Date(started.getTime() + minutes * 60_000)
  const timers = (ticketId = nasId) =>
    working.sandbox.syncro.timers(ticketId).map(({ start_time, end_time, billable, notes }) => ({
      from: start_time.slice(11, 16),
      to: end_time?.slice(11, 16),
      billable,
      note: notes?.replace(/ ?\(?msp [0-9A-Z]{4}\)?$/, ''),
    }))
  return { ...working, id: id as string, timers }
}

export const question = 'Log 2.5 hours to SyncroMSP ticket T12345?'
/** The command that `session end` prints, and its words as they are copied. */
export const command = (id: string, minutes = 150, ticket = 'T12345') => `  msp time log ${minutes}m --ticket ${ticket} --session ${id}`
export const copied = (line: string | undefined) => (line ?? '').trim().split(' ').slice(1)
