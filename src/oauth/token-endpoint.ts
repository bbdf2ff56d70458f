import type * as oauth from 'oauth4webapi'
import type { RecordAction } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import type { Answer } from '../http/answer.ts'
import type { Attempt } from '../http/client.ts'
import { transmit } from '../http/exchange.ts'
import { HttpFailure } from '../http/failure.ts'
import { redact } from '../http/redact.ts'
import { toRetryAfterMs } from '../http/retry-after.ts'
import { keepSecret } from '../live-secrets.ts'
import { isLoopback } from '../loopback.ts'
import type { Step } from '../world.ts'
import { type OAuthClient, type TokenSet, toScopes } from './profile.ts'

const longestAnswer = 256 * 1024
const longestToken = 16_384
const longestLife = 10 * 365 * 86_400 // seconds: some vendors write a number beyond all dates for a token without an end

/** Where codes and refresh tokens become tokens. */
export interface TokenEndpoint {
  /** The vendor as it writes its name. */
  label: string
  url: string
  client: OAuthClient
  /** What the record calls it: `syncro_account`. */
  recordType: string
  record: (attempt: Attempt) => Promise<void>
  step: Step
}

/** The code of a redirect, with what proves that it was asked for here. */
export interface Grant {
  issuer: string
  params: URLSearchParams
  redirectUri: string
  verifier: string
  scopes: readonly string[]
}

/** What a request to the endpoint gave. The record of it is written by who asked, when the tokens are safe. */
export interface Granted {
  tokens: TokenSet
  record: () => Promise<void>
}

/** Trades the code of a redirect for tokens. */
export async function exchangeCode(endpoint: TokenEndpoint, grant: Grant, timeoutMs: number): Promise<Granted> {
  const { authorizationCodeGrantRequest, processAuthorizationCodeResponse } = await import('oauth4webapi')
  const { issuer, params, redirectUri, verifier, scopes } = grant
  const server = { issuer, token_endpoint: endpoint.url }
  const secrets = [verifier, params.get('code') ?? '']
  const sent = { grantType: 'authorization_code', scope: scopes.join(' ') }
  return ask(endpoint, { action: 'created', sent, secrets, timeoutMs, attempt: 0 }, async (options, client, authentication) => {
    const response = await authorizationCodeGrantRequest(server, client, authentication, params, redirectUri, verifier, options)
    return processAuthorizationCodeResponse(server, client, response)
  })
}

/** Trades a refresh token for tokens. `sign_in` is the code of the refusal of the token itself. */
export async function refreshTokens(endpoint: TokenEndpoint, refreshToken: string, timeoutMs: number, attempt: number): Promise<Granted> {
  const { processRefreshTokenResponse, refreshTokenGrantRequest } = await import('oauth4webapi')
  const server = { issuer: new URL(endpoint.url).origin, token_endpoint: endpoint.url }
  const question = { action: 'updated', sent: { grantType: 'refresh_token' }, secrets: [refreshToken], timeoutMs, attempt } as const
  return ask(endpoint, question, async (options, client, authentication) => {
    const response = await refreshTokenGrantRequest(server, client, authentication, refreshToken, options)
    return processRefreshTokenResponse(server, client, response)
  })
}

interface Question {
  action: RecordAction
  /** What the record keeps of it. */
  sent: object
  secrets: readonly string[]
  timeoutMs: number
  attempt: number
}

type Asking = (
  options: oauth.TokenEndpointRequestOptions,
  client: oauth.Client,
  authentication: oauth.ClientAuth,
) => Promise<oauth.TokenEndpointResponse>

/** One request to the endpoint. A failure is recorded at once. */
async function ask(endpoint: TokenEndpoint, question: Question, asking: Asking): Promise<Granted> {
  const { allowInsecureRequests, ClientSecretPost, customFetch, None } = await import('oauth4webapi')
  const { url, client, recordType, step } = endpoint
  const secrets = [...question.secrets, ...(client.secret === undefined ? [] : [client.secret])]
  const seen: { answer?: Answer } = {}
  const began = performance.now()
  const record = (outcome: Pick<Attempt, 'status' | 'error' | 'answer'>, redacted = secrets) =>
    endpoint.record({
      request: {
        method: 'POST',
        path: new URL(url).pathname,
        record: {
          ...{ type: recordType, action: question.action, url },
          sent: { ...question.sent, clientId: client.id },
          received: (tokens) => (tokens === undefined ? undefined : toReceived(tokens as TokenSet)),
        },
      },
      attempt: question.attempt,
      durationMs: Math.round(performance.now() - began),
      redact: (text) => redact(text, redacted),
      ...outcome,
    })
  const options = {
    [customFetch]: fetchOver(endpoint.label, question.timeoutMs, seen),
    [allowInsecureRequests]: isLoopback(new URL(url).hostname),
  }
  const authentication = client.secret === undefined ? None() : ClientSecretPost(client.secret)
  let tokens: TokenSet
  try {
    tokens = toTokenSet(await step('oauth.send', () => asking(options, { client_id: client.id }, authentication)), endpoint.label)
  } catch (error) {
    const failure = toFailure(error, { label: endpoint.label, answer: seen.answer, secrets })
    const timeoutMs = failure instanceof HttpFailure ? failure.timeoutMs : undefined
    const why = timeoutMs === undefined ? failure.message : `Request timeout after ${timeoutMs}ms`
    await record({ status: timeoutMs === undefined ? 'error' : 'timeout', error: why, answer: undefined })
    throw failure
  }
  const all = [...secrets, keepSecret(tokens.accessToken), keepSecret(tokens.refreshToken ?? '')]
  return { tokens, record: () => record({ status: 'success', error: null, answer: tokens }, all) }
}

/** What the record keeps of the tokens: nothing of themselves. */
const toReceived = ({ expiresIn, scopes, refreshToken }: TokenSet) => ({
  expiresIn: expiresIn ?? null,
  scopes: scopes ?? null,
  hasRefreshToken: refreshToken !== undefined,
})

/** Loads what an exchange needs besides. Node loads its own fetch, of which oauth4webapi uses parts, with the first of them. */
export async function prepareToExchange(): Promise<void> {
  await import('oauth4webapi')
  new Response(new Headers().get('accept'))
}

/** The one way out for oauth4webapi: our own client, with a limit on time and size and without redirects. */
function fetchOver(label: string, timeoutMs: number, seen: { answer?: Answer }) {
  return async (url: string, { method, headers, body }: oauth.CustomFetchOptions<'POST', URLSearchParams>): Promise<Response> => {
    const sent = { ...headers, 'user-agent': 'msp' }
    const answer = await transmit(label, {
      url: new URL(url),
      method,
      headers: sent,
      body: body.toString(),
      timeoutMs,
      longest: longestAnswer,
    })
    seen.answer = answer
    // the library reads JSON only from an answer that says it is; whether it is shows when it is read
    return new Response(/^(204|205|304)$/.test(String(answer.status)) ? null : answer.text, {
      status: answer.status,
      headers: { 'content-type': 'application/json' },
    })
  }
}

function toTokenSet(answer: oauth.TokenEndpointResponse, label: string): TokenSet {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn, scope } = answer
  // the library lets tokens pass that are good only together with a key that signs every request
  if (answer.token_type !== 'bearer') throw unreadable(label, 'its "token_type" is another than Bearer')
  for (const token of [accessToken, refreshToken ?? 'none'])
    if (token.length > longestToken || !/^[!-~]+$/.test(token)) throw unreadable(label, 'no token looks like that')
  return {
    ...{ accessToken, refreshToken },
    expiresIn: expiresIn === undefined ? undefined : Math.min(expiresIn, longestLife),
    scopes: scope === undefined ? undefined : toScopes(scope),
  }
}

const unreadable = (label: string, why: string, status = 200) =>
  new HttpFailure('vendor', `${label} gave no tokens that msp can use: ${why}.`, {
    outcome: 'unknown',
    status,
    hint: 'If it happens again, check the token address: --token-url',
  })

interface Failing {
  label: string
  answer: Answer | undefined
  secrets: readonly string[]
}

/** A copy without the tokens: the library's errors carry the whole answer, and would print it. */
function toFailure(error: unknown, { label, answer, secrets }: Failing): Error {
  if (error instanceof MspError) return error
  // before anything was sent, or a step that a test stops
  if (!(error instanceof Error) || answer === undefined) return error instanceof Error ? error : new Error(String(error))
  const { status } = answer
  if (status >= 400) return toStatusFailure(label, answer, secrets)
  if (status >= 300) return unreadable(label, 'it answered with a redirect, which msp does not follow', status)
  return unreadable(label, whatIsWrong(answer, error.message), status)
}

function toStatusFailure(label: string, answer: Answer, secrets: readonly string[]): HttpFailure {
  const { status, headers } = answer
  const refusal = status < 500 ? readRefusal(answer) : undefined
  if (refusal !== undefined) return toRefusal(label, status, redact(refusal.error, secrets), redact(refusal.description, secrets))
  const outcome = status === 429 ? 'not_sent' : status < 500 ? 'refused' : 'unknown'
  const retryAfterMs = toRetryAfterMs(first(headers['retry-after']), first(headers.date))
  return new HttpFailure(status === 429 ? 'rate_limited' : 'vendor', `${label} gave no tokens: status ${status}.`, {
    ...{ outcome, status, retryAfterMs },
    hint: 'Try again later, or check the token address: --token-url',
  })
}

function readRefusal({ text }: Answer): { error: string; description: string } | undefined {
  try {
    const { error, error_description: description } = JSON.parse(text) as Record<string, unknown>
    if (typeof error !== 'string') return undefined
    return {
      // a word of the standard, or nothing that is repeated
      error: /^[\w.-]{1,60}$/.test(error) ? error : 'no known reason',
      description: typeof description === 'string' ? description.slice(0, 300) : '',
    }
  } catch {
    // no refusal in the standard's words
  }
  return undefined
}

function toRefusal(label: string, status: number, error: string, description: string): HttpFailure {
  const said = description === '' ? error : `${error} (${description.replace(/\s+/g, ' ').trim().replace(/\.$/, '')})`
  const isClient = error === 'invalid_client' || error === 'unauthorized_client'
  const sentence = isClient ? `${label} does not know the OAuth client, or refuses its secret` : `${label} gave no tokens`
  return new HttpFailure(error === 'invalid_grant' ? 'sign_in' : isClient ? 'config' : 'vendor', `${sentence}: ${said}.`, {
    outcome: 'refused',
    status,
    hint: isClient ? 'Check --client-id and the client secret, then sign in again.' : 'Sign in again.',
  })
}

function whatIsWrong({ text }: Answer, said: string): string {
  if (text.trim() === '') return 'it answered with nothing'
  if (/^\s*</.test(text)) return 'it answered with a web page'
  try {
    JSON.parse(text)
  } catch {
    return 'it answered with broken JSON'
  }
  const [, property] = /["`](\w+)["`] (?:property|value)/.exec(said) ?? []
  return property === undefined ? 'its answer is not what the standard says' : `its "${property}" is not what the standard says`
}

const first = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header)
