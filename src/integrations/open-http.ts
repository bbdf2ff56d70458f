import type { Db } from '../db/tables.ts'
import { createVendorHttp } from '../http/client.ts'
import type { VendorHttp } from '../http/http.ts'
import type { Silence } from '../http/silence.ts'
import { scopeOf } from '../pace/store.ts'
import { type CallContext, recordAttempt } from '../records/record.ts'
import type { Secret } from '../vault/secrets.ts'
import type { Limits, Step } from '../world.ts'
import type { HttpIntegration, Integration } from './integration.ts'
import { openPace } from './pacing.ts'
import type { Tokens } from './tokens.ts'

/** What it takes to talk to a vendor. */
export interface CallDeps {
  db: Db
  zone: string
  now: () => Date
  sleep: (milliseconds: number) => Promise<void>
  step: Step
  limits: Limits
  /** True while nobody waits for the calls: those that somebody waits for go first. */
  isBackground: () => boolean
  /** A person wants to know whether the vendor answers although it has asked for a pause. */
  asksInPause?: boolean
  /** One for each scope of a budget. */
  silenceOf: (scope: string) => Silence
  /** A time as the person's clock shows it: `14:32`. */
  toClock: (time: Date) => string
  machine: string
  /** Where renewed sign-ins wait for the database. */
  journalFolder: string
  /** Refuses every call that changes something. */
  isReadOnly: boolean
}

/** Where calls go, and on whose behalf. */
export interface Place {
  baseUrl: string
  context: CallContext
}

export interface HttpWish extends Place {
  tokens: Tokens
  /** Of the stored key: what is left of the vendor's limit is kept with it. */
  credentialId?: string | undefined
  /** How the key came about, when it is not by the vendor's first way. */
  kind?: Secret['kind'] | undefined
  onUse?: () => Promise<void>
  /** Told of each answer how far this machine's clock is ahead of the vendor's, in milliseconds. */
  onClock?: (aheadMs: number) => void
}

/** The vendor's client with these tokens: pacing, record, and the words for a key that is refused. */
export function openHttp(deps: CallDeps, integration: HttpIntegration, wish: HttpWish): VendorHttp {
  const { db, sleep, step, limits, isReadOnly } = deps
  const { label, reasonOf } = integration
  const { baseUrl, context, tokens, kind, onUse, onClock } = wish
  const pacing = openPace(deps, integration, wish)
  let used = false
  const open = (isKeyGood: () => Promise<boolean>): VendorHttp =>
    createVendorHttp({
      label,
      baseUrl,
      token: tokens,
      isKeyGood,
      reasonOf,
      repair: repairOf(integration, kind),
      ...pacing,
      silence: deps.silenceOf(scopeOf(integration.id, baseUrl)),
      sleep,
      step,
      limits,
      isReadOnly,
      beforeWrite: context.beforeWrite,
      onDate: (time) => time !== undefined && onClock?.(deps.now().getTime() - time),
      record: async (attempt) => {
        await step('record.add', () => recordAttempt(db, label, attempt, context))
        if (attempt.status !== 'success' || used) return
        used = true
        await onUse?.()
      },
    })
  const ask = async () => {
    // it must not ask itself when the question is refused too
    const connection = await integration.connect(
      open(async () => false),
      { zone: deps.zone },
    )
    return connection.whoAmI()
  }
  let asked: { at: number; isGood: Promise<boolean> } | undefined
  return open(() => {
    const at = deps.now().getTime()
    if (asked === undefined || at - asked.at > goodForMs) asked = { at, isGood: isAnswered(ask()) }
    return asked.isGood
  })
}

function repairOf(integration: HttpIntegration, kind: Secret['kind'] | undefined): string {
  const [way] = integration.signIn
  return kind === 'oauth' || way?.kind === undefined || way.kind === 'oauth'
    ? signInAgain(integration)
    : `See ${way.where}, then: msp integrate ${integration.id}`
}

const goodForMs = 60_000 // how long the answer counts whether a key is good: several calls may be refused at once

const isAnswered = (question: Promise<unknown>): Promise<boolean> =>
  question.then(
    () => true,
    () => false,
  )

export const connectAgain = ({ id }: Pick<Integration, 'id'>): string => `Connect it again: msp integrate ${id}`
export const signInAgain = ({ id }: HttpIntegration): string => `Sign in again: msp integrate ${id} --oauth`
