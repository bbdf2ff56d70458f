import { createHash, randomBytes } from 'node:crypto'
import { MspError } from '../errors.ts'
import { transmit } from '../http/exchange.ts'
import type { Step } from '../world.ts'
import { longestPaste, readPasted } from './paste.ts'
import type { TokenSet } from './profile.ts'
import { openReceiver, type Receiver, withoutReceiver } from './receiver.ts'
import { exchangeCode, prepareToExchange, type TokenEndpoint } from './token-endpoint.ts'

/** A sign-in as a command asks for it. */
export interface SignInRequest {
  authorizeUrl: string
  endpoint: TokenEndpoint
  scopes: readonly string[]
  redirectPath: string
  /** 0: a free one. */
  port: number
  /** Opens and loads what is needed afterwards, after the address is shown and before the browser is opened; what it throws ends the sign-in. */
  prepare?: () => Promise<unknown>
}

/** What a sign-in needs of the person and of the machine. */
export interface SignInDesk {
  /** Shows the address; it must be opened by somebody. */
  show(url: string): void
  /** Tries to open it. */
  browse?: ((url: string) => Promise<void>) | undefined
  /** Asks for the address that the browser ended on, until `signal` says that it is not needed any more. */
  paste?: ((signal: AbortSignal) => Promise<string>) | undefined
  /** Says why something that was pasted, or a port, does not do. */
  say(error: MspError): void
  /** Says that a browser on this machine will probably not get through to msp. */
  unreachable(error: MspError): void
}

/** Milliseconds. */
export interface SignInLimits {
  /** For all of it, with the person. */
  signIn: number
  /** For one request. */
  request: number
}

/** Sends the person to the vendor and trades what comes back for tokens. Stores nothing; the port is closed however it ends. */
export async function signIn(request: SignInRequest, desk: SignInDesk, limits: SignInLimits): Promise<TokenSet> {
  const { authorizeUrl, endpoint, scopes } = request
  const [state, verifier] = [randomText(), randomText()]
  const receiver = await openReceiver({ path: request.redirectPath, state, port: request.port }).catch((error) =>
    onlyPaste(error, request, desk),
  )
  const { redirectUri } = receiver
  const over = new AbortController()
  try {
    const url = toAuthorizeUrl(authorizeUrl, {
      ...{ response_type: 'code', client_id: endpoint.client.id, redirect_uri: redirectUri, state },
      ...{ code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' },
      ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
    })
    desk.show(url)
    const ways = [receiver.answer, tooLate(limits.signIn, over.signal)]
    if (desk.paste) ways.push(pasted(desk, { redirectUri, state }, over.signal))
    const waiting = Promise.race(ways)
    const prepared = prepare(request)
    const rest = async () => {
      await prepared
      await Promise.all([desk.browse?.(url), receiver.isOpen && tryReceiver(receiver, { desk, step: endpoint.step, over: over.signal })])
    }
    // the browser may be back before the rest has ended
    await Promise.race([rest(), waiting])
    const [answer] = await Promise.all([waiting, prepared])
    over.abort()
    const { validateAuthResponse } = await import('oauth4webapi')
    const issuer = issuerOf(authorizeUrl, answer.get('iss'))
    const params = validated(
      () => validateAuthResponse({ issuer }, { client_id: endpoint.client.id }, answer, state),
      endpoint.label,
      answer,
    )
    const { tokens, record } = await exchangeCode(endpoint, { issuer, params, redirectUri, verifier, scopes }, limits.request)
    await record()
    return tokens
  } finally {
    over.abort()
    await receiver.close()
  }
}

/** A port that is taken is no matter where somebody can paste. */
function onlyPaste(error: unknown, { redirectPath: path, port }: SignInRequest, desk: SignInDesk): Receiver {
  if (!(error instanceof MspError) || !desk.paste || port === 0) throw error
  desk.say(error)
  return withoutReceiver({ path, port })
}

/** 256 bits as text. */
const randomText = (): string => randomBytes(32).toString('base64url')

/** What comes next is loaded while the person looks at the address. */
async function prepare(request: SignInRequest): Promise<void> {
  await request.prepare?.()
  await prepareToExchange()
}

interface Trying {
  desk: SignInDesk
  step: Step
  over: AbortSignal
}

/** Tries whether a browser gets through to here; what is pasted does all the same. */
async function tryReceiver({ redirectUri }: Receiver, { desk, step, over }: Trying): Promise<void> {
  try {
    const url = new URL('/', redirectUri)
    const sent = { url, method: 'GET', headers: {}, body: undefined, timeoutMs: 2000, longest: 1024 } as const
    await step('oauth.try', () => transmit('This machine', sent))
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    // a receiver that has had its answer is closed
    if (!over.aborted) desk.unreachable(error)
  }
}

function toAuthorizeUrl(base: string, parameters: Record<string, string>): string {
  const url = new URL(base)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** Without a discovery document nobody says what the issuer's name is: one at the address that was opened is taken, no other. */
function issuerOf(authorizeUrl: string, named: string | null): string {
  const { origin } = new URL(authorizeUrl)
  return named !== null && URL.parse(named)?.origin === origin ? named : origin
}

function tooLate(milliseconds: number, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const refuse = () =>
      reject(
        new MspError('sign_in', `Nobody signed in within ${Math.round(milliseconds / 60_000)} minutes. Nothing was stored.`, {
          hint: 'Start it again when the browser is at hand.',
        }),
      )
    const timer = setTimeout(refuse, milliseconds)
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })
}

/** Asks until what is pasted is the redirect of this sign-in. */
async function pasted(desk: SignInDesk, expected: Expected, signal: AbortSignal): Promise<URLSearchParams> {
  let before = ''
  for (;;) {
    const text = (await desk.paste?.(signal)) ?? ''
    // a terminal hands over a long address line by line
    const whole = before === '' ? undefined : tried(before + text, expected)
    const alone = tried(text, expected)
    if (whole instanceof URLSearchParams) return whole
    if (alone instanceof URLSearchParams) return alone
    before = (before + text).slice(-longestPaste)
    desk.say(alone)
  }
}

interface Expected {
  redirectUri: string
  state: string
}

function tried(text: string, expected: Expected): URLSearchParams | MspError {
  try {
    return readPasted(text, expected)
  } catch (error) {
    if (error instanceof MspError) return error
    throw error
  }
}

/** The redirect in the library's own form, or the sentence of what is wrong with it. Its errors hold the code, so none goes further. */
function validated(validate: () => URLSearchParams, label: string, answer: URLSearchParams): URLSearchParams {
  if (answer.has('error')) throw toRefusal(label, answer.get('error') ?? '')
  const broken = (what: string) =>
    new MspError('vendor', `${label} sent the browser back ${what}. Nothing was stored.`, {
      hint: 'Check the address of the sign-in: --authorize-url',
    })
  // a token that went through the browser is in its history
  if (answer.has('access_token') || answer.has('token')) throw broken('with a token in the address, which msp does not accept')
  if (!answer.get('code')) throw broken('without a code')
  const misfit = broken('with an answer that does not fit the request')
  // the library looks for a second one when it sends the first
  if (answer.getAll('code').length > 1) throw misfit
  try {
    return validate()
  } catch {
    throw misfit
  }
}

const denied = new Set(['access_denied', 'login_required', 'consent_required', 'interaction_required'])

function toRefusal(label: string, error: string): MspError {
  const word = /^[\w.-]{1,60}$/.test(error) ? error : 'no known reason'
  if (denied.has(word))
    return new MspError('sign_in', `The sign-in was refused at ${label} (${word}). Nothing was stored.`, {
      hint: 'Start it again and agree there.',
    })
  const hint = word === 'invalid_scope' ? 'Ask for others: --scope "tickets:read"' : 'Check --client-id, --scope and --authorize-url.'
  return new MspError('vendor', `${label} refused the sign-in: ${word}. Nothing was stored.`, { hint })
}
