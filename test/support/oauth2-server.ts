import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import OAuth2Server from '@node-oauth/oauth2-server'
import { postForm } from './browser.ts'
import { serveOnLoopback } from './loopback.ts'

/** An authorization server that knows exact redirect addresses only, on loopback. */
export interface OAuth2Peer {
  readonly authorizeUrl: string
  readonly tokenUrl: string
  /** The tokens that it gave, oldest first. */
  readonly accessTokens: string[]
  readonly refreshTokens: string[]
  /** What its token endpoint answered: the kind of grant, and the status. */
  readonly answers: string[]
  /** Sends a form to the token endpoint as any program can. */
  post(fields: Record<string, string>): Promise<{ status: number; answer: unknown }>
}

export const publicClient = { id: 'msp-public' }
export const secretClient = { id: 'msp-secret', secret: 'a+b/c%d&e f 100%25' }

interface Wish {
  redirectUri: string
  /** Tells the API of a token that works. */
  addToken: (token: string) => void
}

const grants = ['authorization_code', 'refresh_token']
const lifetime = 60 // seconds

export async function startOAuth2Server(t: TestContext, { redirectUri, addToken }: Wish): Promise<OAuth2Peer> {
  const given = { accessTokens: [], refreshTokens: [], answers: [] }
  const oauth = new OAuth2Server({ model: createModel(redirectUri, { addToken, given }) })
  const url = await serveOnLoopback(t, () => (request, response) => void serve(oauth, given, request, response))
  const tokenUrl = `${url}/token`
  return { ...given, authorizeUrl: `${url}/authorize`, tokenUrl, post: (fields) => postForm(tokenUrl, fields) }
}

type Given = Pick<OAuth2Peer, 'accessTokens' | 'refreshTokens' | 'answers'>
type Model = OAuth2Server.AuthorizationCodeModel & OAuth2Server.RefreshTokenModel

/** Everything in memory. */
function createModel(redirectUri: string, { addToken, given }: Pick<Wish, 'addToken'> & { given: Given }): Model {
  const codes = new Map<string, OAuth2Server.AuthorizationCode>()
  const refreshes = new Map<string, OAuth2Server.RefreshToken>()
  const clients = [publicClient, secretClient].map((client) => ({ ...client, grants, redirectUris: [redirectUri] }))
  return {
    getClient: async (id, secret) => clients.find((each) => each.id === id && (!secret || ('secret' in each && each.secret === secret))),
    getAccessToken: async () => undefined,
    saveAuthorizationCode: async (code, client, user) => {
      const saved = { ...code, client, user }
      codes.set(code.authorizationCode, saved)
      return saved
    },
    getAuthorizationCode: async (code) => codes.get(code),
    revokeAuthorizationCode: async ({ authorizationCode }) => codes.delete(authorizationCode),
    saveToken: async (token, client, user) => {
      const saved = { ...token, client, user }
      given.accessTokens.push(token.accessToken)
      addToken(token.accessToken)
      const { refreshToken } = token
      if (refreshToken !== undefined) {
        given.refreshTokens.push(refreshToken)
        refreshes.set(refreshToken, { ...saved, refreshToken })
      }
      return saved
    },
    getRefreshToken: async (refreshToken) => refreshes.get(refreshToken),
    revokeToken: async ({ refreshToken }) => refreshes.delete(refreshToken),
    validateScope: async (_user, _client, scope) => (scope?.includes('forbidden') ? false : (scope ?? ['tickets:read'])),
  }
}

async function serve(oauth: OAuth2Server, given: Given, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const body = Object.fromEntries(new URLSearchParams(await text(request)))
  const query = Object.fromEntries(url.searchParams)
  const asked = new OAuth2Server.Request({ headers: request.headers as Record<string, string>, method: request.method ?? '', query, body })
  const answer = new OAuth2Server.Response({})
  const route = `${request.method} ${url.pathname}`
  try {
    if (route === 'GET /authorize') return showPage(response, query)
    if (route === 'POST /authorize') await authorize(oauth, asked, answer)
    if (route === 'POST /token') await oauth.token(asked, answer, tokenOptions(body))
  } catch (error) {
    if (!(error instanceof OAuth2Server.OAuthError)) throw error
    // one that is about the redirect address itself is not sent there
    if (answer.get('location') === undefined)
      Object.assign(answer, { status: error.code, body: { error: error.name, error_description: error.message } })
  }
  if (route === 'POST /token') given.answers.push(`${body.grant_type} ${answer.status}`)
  response.writeHead(answer.status ?? 500, { 'content-type': 'application/json', ...answer.headers }).end(JSON.stringify(answer.body))
}

/** A client with a secret must show it, the others have none to show. */
const tokenOptions = ({ client_id: id }: Record<string, string>): OAuth2Server.TokenOptions => ({
  accessTokenLifetime: lifetime,
  requireClientAuthentication: { authorization_code: id === secretClient.id, refresh_token: id === secretClient.id },
})

function authorize(oauth: OAuth2Server, asked: OAuth2Server.Request, answer: OAuth2Server.Response) {
  if (asked.body.decision === 'deny') asked.body.allowed = 'false'
  const authenticateHandler = { handle: () => ({ id: 'mike' }) }
  return oauth.authorize(asked, answer, { authenticateHandler, authorizationCodeLifetime: lifetime })
}

/** Two buttons. */
function showPage(response: ServerResponse, query: Record<string, string>): void {
  const fields = Object.entries(query).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
  response.writeHead(200, { 'content-type': 'text/html' }).end(`<form method="post" action="/authorize">${fields.join('')}</form>`)
}
