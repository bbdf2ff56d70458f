import { MspError } from '../errors.ts'
import { checkBaseUrl } from '../http/base-url.ts'
import type { Target } from '../outbox/outbox.ts'
import type { Channels } from '../outbox/write.ts'
import type { CallContext } from '../records/record.ts'
import { findCredential, noteUse } from '../vault/credentials.ts'
import { type Credential, openSecret, type Secret } from '../vault/secrets.ts'
import { findIntegration } from './index.ts'
import { type Connection, type Identity, type Integration, isDirect, toTableName } from './integration.ts'
import { type ConnectDeps, storedTokens, trialTokens } from './key-tokens.ts'
import { openLine } from './line.ts'
import { type CallDeps, connectAgain, openHttp } from './open-http.ts'

/** A vendor that is signed in, with the key that was used. */
export interface Connected {
  integration: Integration
  connection: Connection
  credential: Credential
  /** What paths hang on, without a slash at the end. */
  baseUrl: string
  /** How many milliseconds this machine's clock is ahead of the vendor's, by its last answer; undefined while none has told. */
  clockAhead(): number | undefined
}

/** The ways of a connected vendor for the outbox, by kind of write. */
export const channelsOf = ({ connection: { tickets, time, mail } }: Connected): Channels => ({
  ...(tickets && { comment: tickets.comment, attachment: tickets.attach, removal: tickets.remove }),
  ...(time && { time_entry: time.log, charge: time.charge }),
  ...(mail && { email: mail.send }),
})

/** A connected vendor as a target of writes. */
export const targetOf = (at: Connected): Target => ({
  id: at.integration.id,
  label: at.integration.label,
  baseUrl: at.baseUrl,
  channels: channelsOf(at),
  owner: at.credential.owner,
})

/** Connects with the key of `owner`; without one with the own key of the technician on whose behalf it is, else the team's. Nothing is sent yet. */
export async function connectIntegration(deps: ConnectDeps, id: string, context: CallContext): Promise<Connected> {
  const integration = await findIntegration(id)
  const credential = await findCredential(deps.db, toTableName(integration.id), context)
  if (credential) return connectCredential(deps, integration, credential, context)
  throw new MspError('sign_in', `${integration.label} is not connected.`, { hint: `Connect it: msp integrate ${integration.id}` })
}

/** Connects with one stored key. */
export async function connectCredential(
  deps: ConnectDeps,
  integration: Integration,
  credential: Credential,
  context: CallContext,
): Promise<Connected> {
  const { label } = integration
  if (!credential.isActive) throw new MspError('sign_in', `The key of ${label} is switched off.`, { hint: connectAgain(integration) })
  // the column is not sealed, so it is checked at each use
  const baseUrl = checkStoredUrl(credential.apiBaseUrl, integration)
  const onUse = () => noteUse(deps.db, credential.id, deps.now())
  if (isDirect(integration)) {
    const password = () => toPassword(integration, openSecret(deps.vault, credential))
    const { basicAuthUsername: username, accountName: name, accountEmail: email } = credential
    const account = { name: name ?? '', email }
    const line = openLine(deps, { label, url: baseUrl, username: username ?? '', password, account, context, onUse })
    return { integration, credential, baseUrl, connection: await integration.open(line), clockAhead: () => undefined }
  }
  let aheadMs: number | undefined
  const http = openHttp(deps, integration, {
    baseUrl,
    context,
    onClock: (ahead) => {
      aheadMs = ahead
    },
    credentialId: credential.id,
    tokens: storedTokens(deps, integration, credential, { baseUrl, context }),
    kind: credential.credentialType === 'oauth' ? 'oauth' : undefined,
    onUse,
  })
  const connection = await integration.connect(http, { zone: deps.zone })
  return { integration, credential, baseUrl, connection, clockAhead: () => aheadMs }
}

function toPassword(integration: Integration, secret: Secret): string {
  if (secret.kind === 'password') return secret.password
  throw new MspError('sign_in', `The stored key of ${integration.label} is of another kind than it takes today.`, {
    hint: connectAgain(integration),
  })
}

function checkStoredUrl(url: string, integration: Integration): string {
  try {
    return isDirect(integration) ? integration.checkUrl(url) : checkBaseUrl(url, integration.label, integration.hosts)
  } catch (cause) {
    if (!(cause instanceof MspError)) throw cause
    throw new MspError('config', `The stored address is not used. ${cause.message}`, { hint: connectAgain(integration), cause })
  }
}

interface Trial {
  baseUrl: string
  secret: Secret
  /** As whom it shall write, where the place itself does not tell that. */
  account?: Pick<Identity, 'name' | 'email'> | undefined
  context: CallContext
}

/** A connection with a secret that is not stored: to look whose it is first. */
export function tryConnect(
  deps: CallDeps,
  integration: Integration,
  { secret, account = { name: '', email: null }, ...place }: Trial,
): Promise<Connection> {
  if (isDirect(integration)) {
    const username = secret.kind === 'password' ? secret.username : ''
    const password = () => toPassword(integration, secret)
    const { baseUrl: url, context } = place
    return integration.open(openLine(deps, { label: integration.label, url, username, password, account, context }))
  }
  const tokens = trialTokens(deps, integration, secret, place)
  return integration.connect(openHttp(deps, integration, { ...place, tokens, kind: secret.kind }), { zone: deps.zone })
}
