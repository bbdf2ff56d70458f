import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { checkBaseUrl } from '../http/base-url.ts'
import { createVendorHttp } from '../http/client.ts'
import type { VendorHttp } from '../http/http.ts'
import { createPace } from '../http/pace.ts'
import type { OAuthClient } from '../oauth/profile.ts'
import type { TokenEndpoint } from '../oauth/token-endpoint.ts'
import type { Target } from '../outbox/outbox.ts'
import type { Channels } from '../outbox/write.ts'
import { thisOwner } from '../owner.ts'
import { type CallContext, recordAttempt } from '../records/record.ts'
import {
  accessTokenKeeper,
  type Credential,
  findCredential,
  noteUse,
  type OAuthSecret,
  openSecret,
  type Secret,
} from '../vault/credentials.ts'
import type { Vault } from '../vault/vault.ts'
import type { Limits, Step } from '../world.ts'
import { findIntegration } from './index.ts'
import type { AccessToken, Connection, Integration, SignIn } from './integration.ts'
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
  machine: string
  /** Where renewed sign-ins wait for the database. */
  journalFolder: string
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
const signInAgain = ({ id }: Integration) => `Sign in again: msp integrate ${id} --oauth`

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
    kind: credential.credentialType === 'oauth' ? 'oauth' : undefined,
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
  return integration.connect(
    openHttp(deps, integration, {
      baseUrl,
      context,
      tokens: trialTokens(deps, integration, { baseUrl, secret, context }),
      kind: secret.kind,
    }),
    { zone: deps.zone },
  )
}

function trialTokens(deps: CallDeps, integration: Integration, { secret, ...place }: Trial): Tokens {
  if (secret.kind === 'token') return fixedToken(() => secret.token)
  // fresh from the sign-in
  if (secret.kind === 'oauth') return fixedToken(() => secret.access.accessToken)
  return renewedTokens({ now: deps.now, stored: undefined, login: () => login(deps, integration, secret, place), save: async () => {} })
}

interface Place {
  baseUrl: string
  context: CallContext
}

interface HttpWish extends Place {
  tokens: Tokens
  /** How the key came about, when it is not by the vendor's first way. */
  kind?: Secret['kind'] | undefined
  onUse?: () => Promise<void>
}

function openHttp(deps: CallDeps, integration: Integration, { baseUrl, context, tokens, kind, onUse }: HttpWish): VendorHttp {
  const { db, sleep, step, limits, paces } = deps
  const { label, reasonOf } = integration
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
      repair: repairOf(integration, kind),
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

function repairOf(integration: Integration, kind: Secret['kind'] | undefined): string {
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

/** The tokens of a stored credential; one that a password gets is kept, sealed, until it runs out. */
function storedTokens(deps: ConnectDeps, integration: Integration, credential: Credential, place: Place): Tokens {
  const { db, vault, now } = deps
  const kind = kinds[credential.credentialType]
  if (findSignIn(integration, kind) === undefined) return fixedToken(() => throwIt(otherKind(integration)))
  if (kind === 'oauth') return oauthTokens(deps, integration, credential, place.context)
  if (kind === 'token') {
    return fixedToken(() => {
      const secret = openSecret(vault, credential)
      if (secret.kind === 'token') return secret.token
      throw otherKind(integration)
    })
  }
  const keeper = accessTokenKeeper(db, vault, credential)
  return renewedTokens({ now, ...keeper, login: () => login(deps, integration, openSecret(vault, credential), place) })
}

/** The tokens of a sign-in by OAuth. What renews it is loaded when one is asked for. */
function oauthTokens(deps: ConnectDeps, integration: Integration, credential: Credential, context: CallContext): Tokens {
  let made: Promise<Tokens> | undefined
  const make = async (): Promise<Tokens> => {
    const [{ renewedSignIn }, { openJournal }] = await Promise.all([import('../oauth/refresh.ts'), import('../oauth/journal.ts')])
    const renewing = {
      ...deps,
      journal: openJournal(deps.journalFolder, deps.vault.installation),
      owner: thisOwner(deps.machine),
      label: integration.label,
      signInAgain: signInAgain(integration),
      endpointOf: ({ tokenUrl, clientId, clientSecret }: OAuthSecret) =>
        tokenEndpoint(deps, integration, { url: tokenUrl, client: { id: clientId, secret: clientSecret }, context }),
    }
    return renewedSignIn(renewing, credential)
  }
  return async (refused) => {
    made ??= make()
    return (await made)(refused)
  }
}

interface EndpointWish {
  url: string
  client: OAuthClient
  context: CallContext
}

/** The vendor's token endpoint; each call to it is a record. */
export const tokenEndpoint = (
  { db, step }: Pick<CallDeps, 'db' | 'step'>,
  { id, label }: Integration,
  { url, client, context }: EndpointWish,
): TokenEndpoint => ({
  ...{ label, url, client, step, recordType: `${toTableName(id)}_account` },
  record: (attempt) => step('record.add', () => recordAttempt(db, label, attempt, context)),
})

/** The vendor's way to sign in of this kind. */
export const findSignIn = <K extends SignIn['kind']>({ signIn }: Integration, kind: K): Extract<SignIn, { kind: K }> | undefined =>
  signIn.find((way): way is Extract<SignIn, { kind: K }> => way.kind === kind)

async function login(deps: CallDeps, integration: Integration, secret: Secret, place: Place): Promise<AccessToken> {
  const signIn = findSignIn(integration, 'password')
  if (signIn === undefined || secret.kind !== 'password') throw otherKind(integration)
  const http = openHttp(deps, integration, { ...place, tokens: async () => undefined })
  return signIn.login(http, secret.username, secret.password, deps.now())
}

const kinds: Record<Credential['credentialType'], SignIn['kind']> = {
  api_key: 'token',
  bearer_token: 'token',
  basic_auth: 'password',
  oauth: 'oauth',
}

const throwIt = (error: Error): never => {
  throw error
}

const otherKind = (integration: Integration) =>
  new MspError('sign_in', `The stored key of ${integration.label} is of another kind than it takes today.`, {
    hint: connectAgain(integration),
  })
