import { createHash, randomBytes } from 'node:crypto'
import { type Answer, html, json, plain, redirect } from '../answers.ts'
import { type Call, fieldsOf, type Route } from '../routes.ts'
import type { Family, OAuthState } from './oauth-state.ts'
import { type SyncroState, technicianId } from './state.ts'

/** What a token with a scope may do, in the words of the vendor's permissions. */
const permissions: Record<string, string[]> = {
  'tickets:read': ['Tickets - List/Search', 'Tickets - View Details', 'Customers - List/Search', 'Customers - View Detail'],
  'tickets:write': ['Tickets - Edit'],
  'time_entries:write': ['Ticket Timers - Overview', 'Ticket Timers - Edit', 'Products - List/Search'],
}

/** RFC 6749 with PKCE: a consent page, codes that work once, tokens that rotate. */
export function oauthRoutes(state: SyncroState): Route[] {
  return [
    { on: 'GET /oauth/authorize', query: authorizeParameters, handle: ({ query }) => showConsent(state.oauth, query) },
    { on: 'POST /oauth/authorize', body: consentFields, handle: (call) => takeConsent(state.oauth, new URLSearchParams(textFields(call))) },
    { on: 'POST /oauth/token', body: tokenFields, handle: (call) => giveTokens(state, call) },
  ]
}

const authorizeParameters = ['response_type', 'client_id', 'redirect_uri', 'state', 'scope', 'code_challenge', 'code_challenge_method']
const texts = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 'string' as const]))
const consentFields = texts([...authorizeParameters, 'decision'])
const tokenFields = texts([
  ...['grant_type', 'code', 'redirect_uri', 'client_id', 'client_secret', 'code_verifier'],
  ...['refresh_token', 'scope'],
])
const textFields = (call: Call) => fieldsOf(call) as Record<string, string>

/** Why the request cannot be trusted so far as to send the browser anywhere. */
function distrust({ clients }: OAuthState, query: URLSearchParams): string | undefined {
  if (!clients.some(({ id }) => id === query.get('client_id'))) return 'The client is unknown.'
  const uri = URL.parse(query.get('redirect_uri') ?? '')
  // RFC 8252: any port of this machine
  return uri?.protocol === 'http:' && uri.hostname === '127.0.0.1' ? undefined : 'The redirect address is not registered.'
}

function showConsent(state: OAuthState, query: URLSearchParams): Answer {
  const wrong = distrust(state, query)
  if (wrong !== undefined) return plain(400, wrong)
  if (query.get('response_type') !== 'code') return back(query, { error: 'unsupported_response_type' })
  if (query.get('code_challenge_method') !== 'S256' || !query.get('code_challenge')) return back(query, { error: 'invalid_request' })
  const scopes = toList(query.get('scope'))
  if (scopes.some((scope) => permissions[scope] === undefined)) return back(query, { error: 'invalid_scope' })
  const hidden = [...query].map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`)
  const may = grantedOf(state, scopes).map((scope) => `<li>${escaped(scope)}</li>`)
  return html(
    200,
    'Sandbox: sign in to SyncroMSP',
    `<p><strong>msp</strong> asks to act for <strong>Mike Swanson</strong> &lt;mike@example.com&gt; at <strong>sandbox</strong>:</p>
<ul>${may.join('')}</ul>
<form method="post" action="/oauth/authorize">${hidden.join('')}
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button></form>`,
    // an empty icon, or the browser asks for one
    '<link rel="icon" href="data:,">',
  )
}

const grantedOf = ({ grants }: OAuthState, asked: string[]): string[] => grants ?? (asked.length > 0 ? asked : Object.keys(permissions))
const toList = (text: string | null): string[] => (text ?? '').split(' ').filter((word) => word !== '')
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
const secret = (): string => randomBytes(24).toString('base64url')

function takeConsent(state: OAuthState, form: URLSearchParams): Answer {
  const wrong = distrust(state, form)
  if (wrong !== undefined) return plain(400, wrong)
  if (form.get('decision') !== 'allow') return back(form, { error: 'access_denied' })
  const code = secret()
  const [clientId = '', redirectUri = '', challenge = ''] = ['client_id', 'redirect_uri', 'code_challenge'].map(
    (name) => form.get(name) ?? '',
  )
  const family: Family = { clientId, scopes: grantedOf(state, toList(form.get('scope'))), isRevoked: false }
  state.codes.set(code, { family, redirectUri, challenge, isUsed: false })
  return back(form, { code })
}

/** Back to where the browser came from, with the state as it was. */
function back(query: URLSearchParams, answer: Record<string, string>): Answer {
  const uri = new URL(query.get('redirect_uri') ?? '')
  for (const [name, value] of Object.entries({ ...answer, state: query.get('state') ?? '' })) uri.searchParams.set(name, value)
  return redirect(uri.href)
}

const refusal = (error: string, description: string): Answer => json(400, { error, error_description: description })

function giveTokens(state: SyncroState, call: Call): Answer {
  if (call.contentType !== 'application/x-www-form-urlencoded') return refusal('invalid_request', 'The body is not a form.')
  const form = textFields(call)
  const client = state.oauth.clients.find(({ id }) => id === form.client_id)
  if (client === undefined || client.secret !== form.client_secret) return json(401, { error: 'invalid_client' })
  if (form.grant_type === 'authorization_code') return tradeCode(state, form)
  if (form.grant_type === 'refresh_token') return tradeRefresh(state, form)
  return refusal('unsupported_grant_type', 'There are codes and refresh tokens.')
}

function tradeCode(state: SyncroState, form: Record<string, string>): Answer {
  const code = state.oauth.codes.get(form.code ?? '')
  if (code === undefined || code.family.clientId !== form.client_id) return refusal('invalid_grant', 'The code is unknown.')
  if (code.isUsed) {
    code.family.isRevoked = true
    return refusal('invalid_grant', 'The code was used before.')
  }
  code.isUsed = true
  if (code.redirectUri !== form.redirect_uri) return refusal('invalid_grant', 'The redirect address is another one.')
  const challenge = createHash('sha256')
    .update(form.code_verifier ?? '')
    .digest('base64url')
  if (challenge !== code.challenge) return refusal('invalid_grant', 'The verifier does not fit.')
  state.oauth.given.authorization_code++
  return newTokens(state, code.family)
}

function tradeRefresh(state: SyncroState, form: Record<string, string>): Answer {
  const refresh = state.oauth.refreshes.get(form.refresh_token ?? '')
  const now = state.now().getTime()
  if (refresh === undefined || refresh.family.clientId !== form.client_id || refresh.family.isRevoked)
    return refusal('invalid_grant', 'The refresh token is unknown, or was taken back.')
  if (refresh.used !== undefined) {
    state.oauth.replayed++
    if (now - refresh.used.at < state.oauth.graceMs) return refresh.used.answer
    refresh.family.isRevoked = true
    for (const token of state.tokens.values()) if (token.family === refresh.family) token.expiresAt = 0
    return refusal('invalid_grant', 'The refresh token was used before; all its tokens are taken back.')
  }
  state.oauth.given.refresh_token++
  const answer = newTokens(state, refresh.family)
  refresh.used = { at: now, answer }
  return answer
}

function newTokens(state: SyncroState, family: Family): Answer {
  const [access, refresh] = [secret(), secret()]
  const may = new Set(family.scopes.flatMap((scope) => permissions[scope] ?? []))
  const { accessSeconds } = state.oauth
  state.tokens.set(access, { userId: technicianId, permissions: may, family, expiresAt: state.now().getTime() + accessSeconds * 1000 })
  state.oauth.refreshes.set(refresh, { family, used: undefined })
  return json(200, {
    ...{ access_token: access, token_type: 'Bearer', expires_in: accessSeconds, refresh_token: refresh },
    scope: family.scopes.join(' '),
  })
}
