import type { Attempt } from '../http/client.ts'
import { endOf } from '../http/failure.ts'
import { type CallRecord, isReading } from '../http/http.ts'
import { redact } from '../http/redact.ts'
import { readOnlyRefusal } from '../read-only.ts'
import { type CallContext, recordAttempt } from '../records/record.ts'
import type { Limits } from '../world.ts'
import type { Identity } from './integration.ts'
import type { CallDeps } from './open-http.ts'

/** The way to a place that speaks no JSON over HTTP, with the key for it. Every call runs through it, so that none escapes the record. */
export interface Line {
  /** As `checkUrl` gave it. */
  readonly url: string
  readonly username: string
  /** Opens the vault. */
  password(): string
  /** As whom it writes, where the place itself does not tell that. */
  readonly account: LineAccount
  readonly limits: Limits
  now(): Date
  /** Runs a call once, and records how it ended. What changes something leaves only while its write is still this process's. */
  call<T>(record: CallRecord, send: () => Promise<T>): Promise<T>
}

/** The name and the address of who writes; what has no name has its address there. */
type LineAccount = Pick<Identity, 'name' | 'email'>

interface LineWish {
  label: string
  url: string
  username: string
  password: () => string
  account: LineAccount
  context: CallContext
  onUse?: () => Promise<void>
}

export function openLine(
  { db, step, limits, now, isReadOnly }: CallDeps,
  { label, url, username, password, account, context, onUse }: LineWish,
): Line {
  return {
    ...{ url, username, password, account, limits, now },
    call: async (record, send) => {
      const isRead = isReading({ record })
      if (isReadOnly && !isRead) throw readOnlyRefusal(`Nothing was sent to ${label}`)
      const beforeWrite = isRead ? undefined : context.beforeWrite
      await beforeWrite?.()
      const began = performance.now()
      const keep = (end: Pick<Attempt, 'status' | 'error'>, answer?: unknown) => {
        const request = { method: isRead ? 'GET' : 'POST', path: '', record } as const
        const durationMs = Math.round(performance.now() - began)
        const attempt = { request, attempt: 0, ...end, durationMs, answer, redact: (text: string) => redact(text, [password()]) }
        return step('record.add', () => recordAttempt(db, label, attempt, context))
      }
      let answer: Awaited<ReturnType<typeof send>>
      try {
        answer = await step('vendor.send', () => holding(beforeWrite, limits, send))
      } catch (error) {
        await keep(endOf(error))
        throw error
      }
      await keep({ status: 'success', error: null }, answer)
      await onUse?.()
      return answer
    },
  }
}

/** Keeps the claim on a write while it is sent: that may take longer than a claim lasts. */
async function holding<T>(beforeWrite: CallContext['beforeWrite'], { lease }: Limits, send: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => beforeWrite?.().catch(() => {}), lease / 3)
  return send().finally(() => clearInterval(timer))
}
