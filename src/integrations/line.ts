import type { Attempt } from '../http/client.ts'
import { HttpFailure } from '../http/failure.ts'
import type { CallRecord } from '../http/http.ts'
import { redact } from '../http/redact.ts'
import { type CallContext, recordAttempt } from '../records/record.ts'
import type { Limits } from '../world.ts'
import type { CallDeps } from './open-http.ts'

/** The way to a place that speaks no JSON over HTTP, with the key for it. Every call runs through it, so that none escapes the record. */
export interface Line {
  /** As `checkUrl` gave it. */
  readonly url: string
  readonly username: string
  /** Opens the vault. */
  password(): string
  readonly limits: Limits
  now(): Date
  /** Runs a call once, and records how it ended. What changes something leaves only while its write is still this process's. */
  call<T>(record: CallRecord, send: () => Promise<T>): Promise<T>
}

interface LineWish {
  label: string
  url: string
  username: string
  password: () => string
  context: CallContext
  onUse?: () => Promise<void>
}

export function openLine(deps: CallDeps, { label, url, username, password, context, onUse }: LineWish): Line {
  const { db, step, limits, now } = deps
  const keep = (record: CallRecord, ended: Ended) => {
    const request = { method: isRead(record) ? 'GET' : 'POST', path: '', record } as const
    const attempt = { request, attempt: 0, ...ended, redact: (text: string) => redact(text, [password()]) }
    return step('record.add', () => recordAttempt(db, label, attempt, context))
  }
  return {
    ...{ url, username, password, limits, now },
    call: async (record, send) => {
      if (!isRead(record)) await context.beforeWrite?.()
      const began = performance.now()
      const durationMs = () => Math.round(performance.now() - began)
      const answer = await step('vendor.send', send).catch(async (error: unknown) => {
        await keep(record, { ...toEnded(error), answer: undefined, durationMs: durationMs() })
        throw error
      })
      await keep(record, { status: 'success', error: null, answer, durationMs: durationMs() })
      await onUse?.()
      return answer
    },
  }
}

type Ended = Pick<Attempt, 'status' | 'error' | 'answer' | 'durationMs'>

const isRead = ({ action }: CallRecord): boolean => action === 'retrieved' || action === 'searched'

function toEnded(error: unknown): Pick<Ended, 'status' | 'error'> {
  const timeoutMs = error instanceof HttpFailure ? error.timeoutMs : undefined
  if (timeoutMs !== undefined) return { status: 'timeout', error: `Request timeout after ${timeoutMs}ms` }
  return { status: 'error', error: error instanceof Error ? error.message : String(error) }
}
