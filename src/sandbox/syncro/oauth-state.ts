import type { Answer } from '../answers.ts'
import type { Token } from './state.ts'

/** A program that may ask people to sign in. Without a secret it is a public one. */
export interface SandboxOAuthClient {
  id: string
  secret: string | undefined
}

/** What one agreement of a person gave; a refresh token that comes twice takes all of it back. */
export interface Family {
  clientId: string
  scopes: string[]
  isRevoked: boolean
}

interface Code {
  family: Family
  redirectUri: string
  challenge: string
  isUsed: boolean
}

interface Refresh {
  family: Family
  /** When it was traded for the next one, and for which answer. */
  used: { at: number; answer: Answer } | undefined
}

/** The levers and the memory of the pretend authorization server. */
export interface SandboxOAuth {
  readonly clients: SandboxOAuthClient[]
  /** Granted instead of what is asked for. */
  grants: string[] | undefined
  /** Seconds. */
  accessSeconds: number
  /** So long a refresh token that was used gives the same answer again; 0 is a strict server. */
  graceMs: number
  /** How often each kind of grant gave tokens. */
  readonly given: { authorization_code: number; refresh_token: number }
  /** How often a refresh token that was used before came again. */
  replayed: number
  /** Ends every access token at once. */
  expire(): void
  /** Takes back what the person agreed to. */
  revoke(): void
  /** True while the sign-in can be renewed with this token. */
  isLive(refreshToken: string): boolean
}

export interface OAuthState extends SandboxOAuth {
  readonly codes: Map<string, Code>
  readonly refreshes: Map<string, Refresh>
}

const demoClient: SandboxOAuthClient = { id: 'sandbox-oauth-client', secret: undefined }

export function createOAuth(tokens: ReadonlyMap<string, Token>): OAuthState {
  const families = () => [...state.codes.values()].map(({ family }) => family)
  const state: OAuthState = {
    clients: [demoClient, { id: 'sandbox-confidential-client', secret: 'sandbox client secret +/%&' }],
    grants: undefined,
    accessSeconds: 3600,
    graceMs: 0,
    given: { authorization_code: 0, refresh_token: 0 },
    replayed: 0,
    codes: new Map(),
    refreshes: new Map(),
    expire: () => {
      for (const token of tokens.values()) if (token.family) token.expiresAt = 0
    },
    revoke: () => {
      for (const family of families()) family.isRevoked = true
      state.expire()
    },
    isLive: (text) => {
      const refresh = state.refreshes.get(text)
      return refresh !== undefined && !refresh.family.isRevoked && refresh.used === undefined
    },
  }
  return state
}
