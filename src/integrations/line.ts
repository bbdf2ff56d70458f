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

export function openLine({ db, step, limits, now }: CallDeps, { label, url, username, password, context, onUse }: LineWish): Line {
  return {
    ...{ url, username, password, limits, now },
    call: async (record, send) => {
      const isRead = record.action === 'retrieved' || record.action === 'searched'
      if (!isRead) await context.beforeWrite?.()
      const began = performance.now()
      const keep = (status: 'success' | 'error' | 'timeout', error: string | null, answer?: unknown) => {
        const request = { method: isRead ? 'GET' : 'POST', path: '', record } as const
        const durationMs = Math.round(performance.now() - began)
        const attempt = { request, attempt: 0, status, error, durationMs, answer, redact: (text: string) => redact(text, [password()]) }
        return step('record.add', () => recordAttempt(db, label, attempt, context))
      }
      let answer: Awaited<ReturnType<typeof send>>
      try {
        answer = await step('vendor.send', send)
      } catch (error) {
        await keep(...toEnd(error))
        throw error
      }
      await keep('success', null, answer)
      await onUse?.()
      return answer
    },
  }
}

function toEnd(error: unknown): ['timeout' | 'error', string] {
  const timeoutMs = error instanceof HttpFailure ? error.timeoutMs : undefined
  if (timeoutMs !== undefined) return ['timeout', `Request timeout after ${timeoutMs}ms`]
  return ['error', error instanceof Error ? error.message : String(error)]
}
