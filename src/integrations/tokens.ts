import { keepSecret } from '../live-secrets.ts'
import type { AccessToken } from './integration.ts'

/** A live access token. `refused`: the one that the vendor has just refused; another one then, or undefined when there is none to be had. */
export type Tokens = (refused?: string) => Promise<string | undefined>

/** A token that is what the person gave: there is no other. */
export const fixedToken =
  (token: () => string): Tokens =>
  async (refused) =>
    refused === undefined ? token() : undefined

const renewBeforeMs = 5 * 60_000

interface TokenSource {
  now: () => Date
  stored: AccessToken | undefined
  login: () => Promise<AccessToken>
  save: (access: AccessToken) => Promise<void>
}

/** Tokens that a password gets: a new one five minutes before the old one ends, and once when the vendor refuses it. */
export function renewedTokens({ now, stored, login, save }: TokenSource): Tokens {
  let live = stored && { token: stored.token, renewAt: stored.expiresAt.getTime() - renewBeforeMs }
  let fresh: string | undefined
  let renewing: Promise<void> | undefined
  const renew = async () => {
    const began = now().getTime()
    const access = await login()
    const lifetime = access.expiresAt.getTime() - began
    // one that lives for less than ten minutes is still used
    live = { token: access.token, renewAt: began + lifetime - Math.min(renewBeforeMs, lifetime / 2) }
    fresh = keepSecret(access.token)
    await save(access)
  }
  return async (refused) => {
    // refused just after it was given out: another one would not help
    if (refused !== undefined && refused === fresh) return undefined
    if (live === undefined || live.token === refused || now().getTime() >= live.renewAt) {
      // calls at the same time share one sign-in
      renewing ??= renew().finally(() => {
        renewing = undefined
      })
      await renewing
    }
    return live?.token
  }
}
