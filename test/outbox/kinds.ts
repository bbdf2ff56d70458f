import type { TestContext } from 'node:test'
import type { Fault } from '../../src/sandbox/faults.ts'
import type { Sandbox } from '../../src/sandbox/index.ts'
import type { Msp, StartOptions } from '../support/msp.ts'
import { on, posted, shortSleep, startSession, ticketId, writes } from './start.ts'

/** A kind of write, as a test asks for it and looks for it. */
export interface WriteKind {
  name: string
  argv(text?: string): string[]
  on: string
  /** How it stands at the vendor: once, twice or not at all. */
  stored(sandbox: Sandbox, text?: string): unknown[]
  once: unknown[]
}

const words = 'Fuser replaced.'
export const kinds: WriteKind[] = [
  {
    name: 'a comment',
    argv: (text = words) => ['ticket', 'comment', 'T12345', text],
    on,
    stored: (sandbox, text = words) => posted(sandbox).flatMap(({ subject, body, hidden }) => (body === text ? [{ subject, hidden }] : [])),
    once: [{ subject: 'Note', hidden: true }],
  },
  {
    name: 'a time entry',
    // a new day has no room for many entries yet
    argv: (text = words) => ['time', 'log', '30m', '--yesterday', '--ticket', 'T12345', '--note', text, '--no-billable'],
    on: 'POST tickets/:id/timer_entry',
    stored: ({ syncro }, text = words) =>
      syncro
        .timers(ticketId)
        .flatMap(({ active_duration, billable, notes }) => (notes?.startsWith(`${text} (msp `) ? [{ active_duration, billable }] : [])),
    once: [{ active_duration: 1800, billable: false }],
  },
]
export const [comment] = kinds as [WriteKind]

export const state = async (msp: Msp) => writes(msp, 'state', 'attempts', 'lastError')
export const posts = ({ requests }: Sandbox) =>
  requests.filter(({ method, path }) => method === 'POST' && path.startsWith('tickets/')).length
export const arm = (sandbox: Sandbox, fault: Omit<Fault, 'vendor'>) => sandbox.arm({ vendor: 'syncro', ...fault })

export async function startWith(t: TestContext, fault: Omit<Fault, 'vendor'>, options: Omit<StartOptions, 'engine'> = {}) {
  const running = await startSession(t, { sleep: shortSleep, ...options })
  arm(running.sandbox, fault)
  return running
}
