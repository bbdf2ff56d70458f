import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { checkBaseUrl } from '../http/base-url.ts'
import { createVendorHttp } from '../http/client.ts'
import type { VendorHttp } from '../http/http.ts'
import { createPace } from '../http/pace.ts'
import type { Target } from '../outbox/outbox.ts'
import type { Channels } from '../outbox/write.ts'
import { type CallContext, recordAttempt } from '../records/record.ts'
import { accessTokenKeeper, type Credential, findCredential, noteUse, openSecret, type Secret } from '../vault/credentials.ts'
import type { Vault } from '../vault/vault.ts'
import type { Limits, Step } from '../world.ts'
import { findIntegration } from './index.ts'
import type { AccessToken, Connection, Integration } from './integration.ts'
import { fixedToken, renewedTokens, type Tokens } from './tokens.ts'

/** A vendor that is signed in, with the key that was used. */
export interface Connected {
  integration: Integration
  connection: Connection
  credential: Credential
  http: VendorHttp
}

/** What it takes to talk to a vendor. */
export interface CallDeps {
  db: Db
  zone: string
  now: () => Date
  sleep: (milliseconds: number) => Promise<void>
  step: Step
  limits: Limits
  /** One pace for each account in this process. */
  paces: Map<string, () => Promise<void>>
}

export interface ConnectDeps extends CallDeps {
  vault: Vault
}

/** The ways of a connected vendor for the outbox, by kind of write. */
export const channelsOf = ({ connection: { tickets, time } }: Connected): Channels => ({
  ...(tickets && { comment: tickets.comment }),
  ...(time && { time_entry: time.log }),
})

/** A connected vendor as a target of writes. */
export const targetOf = (at: Connected): Target => ({
  id: at.integration.id,
  label: at.integration.label,
  baseUrl: at.http.baseUrl,
  channels: channelsOf(at),
  owner: at.credential.owner,
})

/** The name of an integration in the tables: `msp_backups`. */
export const toTableName = (id: string): string => id.replaceAll('-', '_')

const connectAgain = ({ id }: Integration) => `Connect it again: msp integrate ${id}`

/** Connects with the key of `owner`; without one with the own key of the technician on whose behalf it is, else the team's. Nothing is sent yet. */
export async function connectIntegration(deps: ConnectDeps, id: string, context: CallContext): Promise<Connected> {
  const integration = await findIntegration(id)
  const credential = await findCredential(deps.db, toTableName(integration.id), context)
  if (credential) return connectCredential(deps, integration, credential, context)
  throw new MspError('sign_in', `${integration.label} is not connected.`, { hint: `Connect it: msp integrate ${integration.id}` })
}

/** Connects with one stored key. */
export function connectCredential(deps: ConnectDeps, integration: Integration, credential: Credential, context: CallContext): Connected {
  const { label, hosts } = integration
  if (!credential.isActive) throw new MspError('sign_in', `The key of ${label} is switched off.`, { hint: connectAgain(integration) })
  // the column is not sealed, so it is checked at each use
  const baseUrl = checkStoredUrl(credential.apiBaseUrl, integration, hosts)
  const http = openHttp(deps, integration, {
    baseUrl,
    context,
    tokens: storedTokens(deps, integration, credential, { baseUrl, context }),
    onUse: () => noteUse(deps.db, credential.id, deps.now()),
  })
  return { integration, credential, http, connection: integration.connect(http, { zone: deps.zone }) }
}

function checkStoredUrl(url: string, integration: Integration, hosts: readonly string[]): string {
  try {
    return checkBaseUrl(url, integration.label, hosts)
  } catch (cause) {
    if (!(cause instanceof MspError)) throw cause
    throw new MspError('config', `The stored address is not used. ${cause.message}`, { hint: connectAgain(integration), cause })
  }
}

interface Trial {
  baseUrl: string
  secret: Secret
  context: CallContext
}

/** A connection with a secret that is not stored: to look whose it is first. */
export function tryConnect(deps: CallDeps, integration: Integration, { baseUrl, secret, context }: Trial): Connection {
  const tokens =
    secret.kind === 'token'
      ? fixedToken(() => secret.token)
      : renewedTokens({
          now: deps.now,
          stored: undefined,
          login: () => login(deps, integration, secret, { baseUrl, context }),
          save: async () => {},
        })
  return integration.connect(openHttp(deps, integration, { baseUrl, context, tokens }), { zone: deps.zone })
}

interface Place {
  baseUrl: string
  context: CallContext
}

interface HttpWish extends Place {
  tokens: Tokens
  onUse?: () => Promise<void>
}

function openHttp(deps: CallDeps, integration: Integration, { baseUrl, context, tokens, onUse }: HttpWish): VendorHttp {
  const { db, sleep, step, limits, paces } = deps
  const { id, label, signIn, reasonOf } = integration
  const pace = paces.get(baseUrl) ?? createPace(integration.pace, deps)
  paces.set(baseUrl, pace)
  let used = false
  const open = (isKeyGood: () => Promise<boolean>): VendorHttp =>
    createVendorHttp({
      label,
      baseUrl,
      token: tokens,
      isKeyGood,
      reasonOf,
      repair: `See ${signIn.where}, then: msp integrate ${id}`,
      pace,
      sleep,
      step,
      limits,
      beforeWrite: context.beforeWrite,
      record: async (attempt) => {
        await step('record.add', () => recordAttempt(db, label, attempt, context))
        if (attempt.status !== 'success' || used) return
        used = true
        await onUse?.()
      },
    })
  // it must not ask itself when the question is refused too
  const questions = integration.connect(
    open(async () => false),
    { zone: deps.zone },
  )
  let asked: { at: number; isGood: Promise<boolean> } | undefined
  return open(() => {
    const at = deps.now().getTime()
    if (asked === undefined || at - asked.at > goodForMs) asked = { at, isGood: isAnswered(questions.whoAmI()) }
    return asked.isGood
  })
}

const goodForMs = 60_000 // how long the answer counts whether a key is good: several calls may be refused at once

const isAnswered = (question: Promise<unknown>): Promise<boolean> =>
  question.then(
    () => true,
    () => false,
  )

/** The tokens of a stored credential; one that a password gets is kept, sealed, until it runs out. */
function storedTokens(deps: ConnectDeps, integration: Integration, credential: Credential, place: Place): Tokens {
  const { db, vault, now } = deps
  if (integration.signIn.kind === 'token') {
    return fixedToken(() => {
      const secret = openSecret(vault, credential)
      if (secret.kind === 'token') return secret.token
      throw otherKind(integration)
    })
  }
  const keeper = accessTokenKeeper(db, vault, credential)
  return renewedTokens({ now, ...keeper, login: () => login(deps, integration, openSecret(vault, credential), place) })
}

async function login(deps: CallDeps, integration: Integration, secret: Secret, place: Place): Promise<AccessToken> {
  const { signIn } = integration
  if (signIn.kind !== 'password' || secret.kind !== 'password') throw otherKind(integration)
  const http = openHttp(deps, integration, { ...place, tokens: async () => undefined })
  return signIn.login(http, secret.username, secret.password, deps.now())
}

const otherKind = (integration: Integration) =>
  new MspError('sign_in', `The stored key of ${integration.label} is of another kind than it takes today.`, {
    hint: connectAgain(integration),
  })
