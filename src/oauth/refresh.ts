import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { HttpFailure } from '../http/failure.ts'
import { type ClaimOwner, isDead, toOwnerText } from '../owner.ts'
import { type Credential, type OAuthSecret, openOAuth, sealAccess } from '../vault/secrets.ts'
import { findCredentialById, releaseRefreshLease, takeRefreshLease, updateCredential } from '../vault/store.ts'
import type { Vault } from '../vault/vault.ts'
import type { Limits, Step } from '../world.ts'
import { type Journal, type Renewal, storeRenewal } from './journal.ts'
import type { TokenSet } from './profile.ts'
import { type Granted, refreshTokens, type TokenEndpoint } from './token-endpoint.ts'

export interface RefreshDeps {
  db: Db
  vault: Vault
  journal: Journal
  owner: ClaimOwner
  /** The vendor as it writes its name. */
  label: string
  /** What to do when the sign-in has ended, as a hint. */
  signInAgain: string
  endpointOf: (secret: OAuthSecret) => TokenEndpoint
  now: () => Date
  sleep: (milliseconds: number) => Promise<void>
  step: Step
  limits: Pick<Limits, 'refresh'>
}

const renewBeforeMs = 5 * 60_000
const calmMs = 30_000 // after a renewal that failed while the old token lives

/**
 * The live access token of a sign-in: renewed five minutes before it ends, and when the vendor refuses it (`refused`), once for all processes
 * and machines. Undefined when another token would not help. A sign-in that cannot be renewed is an error with the code `sign_in`.
 */
export function renewedSignIn(deps: RefreshDeps, credential: Credential): (refused?: string) => Promise<string | undefined> {
  const own: Own = { row: credential, secret: openOAuth(deps.vault, credential), fresh: undefined, calmUntil: 0 }
  let drained: Promise<void> | undefined
  let renewing: Promise<void> | undefined
  return async (refused) => {
    // refused just after it was given out: another one would not help
    if (refused !== undefined && refused === own.fresh) return undefined
    drained ??= drain(deps, own).catch((error) => {
      drained = undefined
      throw error
    })
    await drained
    if (own.row.state === 'needs_login') throw ended(deps, own.row)
    if (isDue(deps, own, refused)) {
      // calls at the same time share one renewal
      renewing ??= renew(deps, own, refused).finally(() => {
        renewing = undefined
      })
      await renewing
    }
    return own.secret.access.accessToken
  }
}

/** What this process knows of the sign-in. */
interface Own {
  row: Credential
  secret: OAuthSecret
  /** The access token that this process got itself. */
  fresh: string | undefined
  /** Until then a renewal that failed is not tried again. */
  calmUntil: number
}

/** Stores what an earlier process got and could not store. */
async function drain({ db, journal, step, vault }: RefreshDeps, own: Own): Promise<void> {
  for (const renewal of await journal.read()) {
    await step('oauth.drain', async () => {
      await storeRenewal(db, renewal)
      await journal.clear(renewal)
    })
    if (renewal.id === own.row.id) adopt(vault, own, (await findCredentialById(db, own.row.id)) ?? own.row)
  }
}

function adopt(vault: Vault, own: Own, row: Credential): void {
  own.secret = openOAuth(vault, row)
  own.row = row
}

function isDue({ now }: RefreshDeps, { row, secret, calmUntil }: Own, refused: string | undefined): boolean {
  const { accessToken, refreshToken, expiresAt } = secret.access
  if (refused !== undefined) return refused === accessToken
  // without a refresh token the vendor decides when it has ended
  if (expiresAt === undefined || refreshToken === undefined || calmUntil > performance.now()) return false
  // one that lives for less than ten minutes is used for half of its life
  const lifetime = expiresAt.getTime() - (row.updatedAt?.getTime() ?? 0)
  return now().getTime() >= expiresAt.getTime() - Math.min(renewBeforeMs, Math.max(0, lifetime / 2))
}

/** True while the old token can still do, refused or not yet. */
const isAlive = ({ now }: RefreshDeps, { secret }: Own, refused: string | undefined): boolean =>
  secret.access.accessToken !== refused && secret.access.expiresAt !== undefined && now() < secret.access.expiresAt

/** Renews, or waits until another process has. */
async function renew(deps: RefreshDeps, own: Own, refused: string | undefined): Promise<void> {
  const { vault, sleep, limits } = deps
  const began = performance.now()
  for (;;) {
    // what this machine got and could not store: to send the old token again would end the sign-in
    await drain(deps, own)
    const stored = await readAgain(deps, own)
    if (stored.gen !== own.row.gen) adopt(vault, own, stored)
    // another process may have renewed it
    if (!isDue(deps, own, refused)) return
    if (own.secret.access.refreshToken === undefined) return endIt(deps, own)
    if (await tryToRenew(deps, own, { holder: stored.leaseOwner, refused })) return
    // another process is at it, and the old token does until it is done
    if (isAlive(deps, own, refused)) return
    if (performance.now() - began > (limits.refresh * 4) / 3) throw busy(deps)
    await sleep(50 + Math.random() * 100)
  }
}

async function readAgain(deps: RefreshDeps, { row }: Own): Promise<Credential> {
  const stored = await deps.step('oauth.read', () => findCredentialById(deps.db, row.id))
  if (stored?.credentialType !== 'oauth') throw gone(deps)
  if (stored.state === 'needs_login') throw ended(deps, stored)
  return stored
}

/** One turn. False when another process has the lease, or this one has lost it. */
async function tryToRenew(deps: RefreshDeps, own: Own, { holder, refused }: { holder: string | null; refused: string | undefined }) {
  const { db, owner, step, limits, now } = deps
  const taken = { wall: now().getTime(), monotonic: performance.now() }
  const { id, gen } = own.row
  const dead = holder !== null && isDead(holder, owner) ? holder : undefined
  const claim = { id, gen, owner: toOwnerText(owner), leaseMs: limits.refresh, dead }
  if (!(await step('oauth.lease', () => takeRefreshLease(db, claim)))) return false
  // a holder that died in this moment may have left its tokens here
  await drain(deps, own)
  if (own.row.gen !== gen) return false
  // the process may have been stopped, or the laptop asleep: then another one may have begun
  const leftMs = () => limits.refresh - Math.max(now().getTime() - taken.wall, performance.now() - taken.monotonic)
  let granted: Granted | undefined
  try {
    granted = await trade(deps, own, leftMs)
  } catch (error) {
    await afterFailure(deps, own, { error, refused })
    return true
  }
  if (granted === undefined) {
    await step('oauth.release', () => releaseRefreshLease(db, id, claim.owner))
    return false
  }
  await keep(deps, own, granted.tokens)
  await granted.record()
  return true
}

/** Sends the refresh token; an answer that is lost is asked for once more, at once. Undefined when the lease does not cover a request any more. */
async function trade({ endpointOf, limits }: RefreshDeps, { secret }: Own, leftMs: () => number): Promise<Granted | undefined> {
  const endpoint = endpointOf(secret)
  const refreshToken = secret.access.refreshToken ?? ''
  const began = performance.now()
  // of the lease, not of what the call may take: the few seconds of an offer must not cost the sign-in
  const wholeMs = (limits.refresh * 2) / 3
  if (leftMs() < wholeMs) return undefined
  try {
    return await refreshTokens(endpoint, refreshToken, Math.ceil(wholeMs * 0.6), 0)
  } catch (error) {
    if (!(error instanceof HttpFailure) || error.outcome !== 'unknown') throw error
    // within a vendor's grace this heals, and without one nothing more is lost
    const restMs = wholeMs - (performance.now() - began)
    if (leftMs() < restMs) throw error
    return refreshTokens(endpoint, refreshToken, Math.ceil(restMs), 1)
  }
}

/** The journal first: from here on only this process has the tokens. */
async function keep(deps: RefreshDeps, own: Own, tokens: TokenSet): Promise<void> {
  const { db, vault, journal, step, now } = deps
  const { row, secret } = own
  const { id, gen } = row
  const access = {
    accessToken: tokens.accessToken,
    // a vendor that does not rotate gives none
    refreshToken: tokens.refreshToken ?? secret.access.refreshToken,
    expiresAt: tokens.expiresIn === undefined ? undefined : new Date(now().getTime() + tokens.expiresIn * 1000),
  }
  const renewal: Renewal = { id, gen, ...sealAccess(vault, { ...row, gen: gen + 1 }, access), updatedAt: now() }
  const journalled = await outcomeOf(step('oauth.journal', () => journal.write(renewal)))
  const stored = await outcomeOf(step('oauth.store', () => storeRenewal(db, renewal)))
  const current = await step('oauth.read', () => findCredentialById(db, id))
  // a connection that broke at the end may have stored it all the same: the generation tells
  if (current === undefined) throw gone(deps)
  if (current.gen === gen) throw stored.error ?? journalled.error ?? busy(deps)
  await outcomeOf(step('oauth.clear', () => journal.clear(renewal))) // one that is left is cleared by the next start
  adopt(vault, own, current)
  own.fresh = own.secret.access.accessToken
}

/** How something ended that must not keep the rest from being done. */
async function outcomeOf(work: Promise<unknown>): Promise<{ error?: unknown }> {
  try {
    await work
    return {}
  } catch (error) {
    return { error }
  }
}

async function afterFailure(
  deps: RefreshDeps,
  own: Own,
  { error, refused }: { error: unknown; refused: string | undefined },
): Promise<void> {
  const { db, owner, step } = deps
  if (error instanceof HttpFailure && error.code === 'sign_in') return endIt(deps, own)
  await step('oauth.release', () => releaseRefreshLease(db, own.row.id, toOwnerText(owner)))
  if (!(error instanceof MspError) || !isAlive(deps, own, refused)) throw error
  own.calmUntil = performance.now() + calmMs
}

/** The vendor takes the refresh token no more: somebody else's renewal is used, or the sign-in has ended, and that is kept. */
async function endIt(deps: RefreshDeps, own: Own): Promise<void> {
  const { db, vault, step, now } = deps
  const { id, gen } = own.row
  const change = { state: 'needs_login', leaseOwner: null, leaseUntil: null, updatedAt: now() } as const
  const isOurs = await step('oauth.end', () => updateCredential(db, id, change, gen))
  const stored = await findCredentialById(db, id)
  if (stored?.credentialType !== 'oauth') throw gone(deps)
  if (isOurs || stored.state === 'needs_login') throw ended(deps, stored)
  adopt(vault, own, stored)
}

function ended({ label, signInAgain }: RefreshDeps, { accountName, updatedAt }: Credential): MspError {
  const since = updatedAt === null ? '' : ` (seen ${updatedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC)`
  const whose = accountName === null ? '' : ` of ${accountName}`
  return new MspError('sign_in', `The sign-in${whose} to ${label} has ended${since}.`, { hint: signInAgain })
}

const gone = ({ label, signInAgain }: RefreshDeps): MspError =>
  new MspError('sign_in', `The sign-in to ${label} was taken away meanwhile.`, { hint: signInAgain })

const busy = ({ label, limits }: RefreshDeps): MspError =>
  new MspError('network', `Another process has been renewing the sign-in to ${label} for ${Math.round(limits.refresh / 750)} s.`, {
    hint: 'Try again.',
  })
