/** How a vendor's OAuth differs from the standard: data, so that the engine knows no vendor. */
export interface OAuthProfile {
  /** What the vendor really offers, in one sentence. */
  readonly notice: string
  /** Where the person agrees and where codes become tokens, from the root of the tenant's address; a person may name others. */
  readonly authorizePath: string
  readonly tokenPath: string
  /** Asked for when nobody names others. */
  readonly scopes: readonly string[]
  /** Of the redirect address on this machine; one of its own for each vendor, so that no vendor's answer passes for another's. */
  readonly redirectPath: string
}

/** The program as the vendor knows it. A public client has no secret. */
export interface OAuthClient {
  id: string
  secret: string | undefined
}

/** What a token endpoint gave. */
export interface TokenSet {
  accessToken: string
  refreshToken: string | undefined
  /** Seconds; undefined when the vendor does not say. */
  expiresIn: number | undefined
  /** Undefined when it is what was asked for. */
  scopes: string[] | undefined
}

/** Scopes as the standard writes them, one blank between two; some vendors put commas. */
export const toScopes = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter((scope) => scope !== ''))]
