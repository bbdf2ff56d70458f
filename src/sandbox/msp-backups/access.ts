import { randomUUID } from 'node:crypto'
import { type Answer, json } from '../answers.ts'
import { type Call, fieldsOf, type Route } from '../routes.ts'
import { type MspBackupsState, password, username } from './state.ts'

export const login = 'POST Provider/Login'

export const refused = (): Answer => json(401, { Message: 'Authorization has been denied for this request.' })

export function accessRoutes(state: MspBackupsState): Route[] {
  return [{ on: login, body: { UserName: 'string', Password: 'string' }, handle: (call) => signIn(state, call) }]
}

export function refuse(state: MspBackupsState, call: Call, route: Route | undefined): Answer | undefined {
  if (route?.on === login) return undefined
  const [, token = ''] = /^Bearer (\S+)$/i.exec(call.headers.authorization ?? '') ?? []
  const until = state.tokens.get(token) ?? 0
  return until > state.now().getTime() ? undefined : refused()
}

function signIn(state: MspBackupsState, call: Call): Answer {
  if (!['application/json', 'application/x-www-form-urlencoded'].includes(call.contentType)) {
    return json(415, { Message: `The request entity's media type '${call.contentType}' is not supported for this resource.` })
  }
  const { UserName, Password } = fieldsOf(call)
  // The status is the vendor's of today; the body is not documented.
  if (UserName !== username || Password !== password) return json(403, { Message: 'The user name or password is incorrect.' })
  const issued = state.now()
  const expires = new Date(issued.getTime() + state.levers.tokenSeconds * 1000)
  const access_token = randomUUID()
  state.tokens.set(access_token, expires.getTime())
  state.levers.logins++
  return json(200, {
    access_token,
    token_type: 'bearer',
    expires_in: state.levers.tokenSeconds,
    userName: username,
    '.issued': issued.toUTCString(),
    '.expires': expires.toUTCString(),
  })
}
