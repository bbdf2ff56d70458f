import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { checkBaseUrl } from '../../http/base-url.ts'
import { toTableName, tryConnect } from '../../integrations/connect.ts'
import type { Connection, Identity, Integration, Permission } from '../../integrations/integration.ts'
import { type Secret, saveCredential } from '../../vault/credentials.ts'
import type { JsonOption } from '../options.ts'
import { inWords, shownFields, toShown } from './shown.ts'

/** The options that every sign-in has. */
export interface ConnectOptions extends JsonOption {
  apiUrl?: string
  owner: 'me' | 'team'
}

/** Where the vendor is: to be looked at before a secret is asked for. */
export function baseUrlOf(
  { baseUrl, fromApiUrl, label, hosts }: Integration,
  { apiUrl, tenant }: { apiUrl?: string | undefined; tenant?: string | undefined },
): string {
  const url = apiUrl === undefined ? baseUrl(tenant) : fromApiUrl(checkBaseUrl(apiUrl, label, hosts))
  return checkBaseUrl(url, label, hosts)
}

/** Looks whose key it is and what it may read, says so, then stores it. Nothing is stored of a key that does not work. */
export async function connect(
  app: Pick<App, 'io' | 'vault' | 'technician' | 'callDeps' | 'db' | 'now'>,
  integration: Integration,
  { baseUrl, secret }: { baseUrl: string; secret: Secret },
  { owner, json }: ConnectOptions,
): Promise<void> {
  const { io } = app
  const { id, label } = integration
  const technician = app.technician()
  // before anything is sent: a vault that cannot be opened could not keep the key
  const vault = await app.vault()
  const deps = await app.callDeps()
  const context = { sessionId: null, clientId: null, createdBy: technician }
  const connection = tryConnect(deps, integration, { baseUrl, secret, context })
  const look = async () => ({ account: await connection.whoAmI(), permissions: await connection.permissions() })
  const { account, permissions } = await io.progress(`Asking ${label} whose key this is…`, look())
  sayWhatItMay(io, integration, connection, { account, permissions })
  const saved = await saveCredential(deps.db, vault, {
    integration: toTableName(id),
    owner: owner === 'team' ? '' : technician,
    secret,
    apiBaseUrl: baseUrl,
    account,
    now: app.now(),
  })
  if (json) io.show(toShown(saved), shownFields, json)
  else io.out(`${label} connected successfully as ${inWords(account)}.`, 'good')
}

function sayWhatItMay(
  io: App['io'],
  { label }: Integration,
  { tickets, time }: Connection,
  { account, permissions }: { account: Identity; permissions: readonly Permission[] },
): void {
  const may = permissions.filter((permission) => permission.may).map(({ what }) => what)
  const mayNot = permissions.filter((permission) => !permission.may).map(({ what }) => what)
  const canWrite = tickets !== undefined || time !== undefined
  const at = account.tenant ? ` at ${account.tenant}` : ''
  io.err(`${label} knows this key as ${inWords(account)}${at}.${canWrite ? ' Everything that msp writes there carries that name.' : ''}`)
  if (may.length === 0)
    throw new MspError('forbidden', `This key may read nothing at ${label}; it was not stored.`, {
      hint: 'Give it permissions there, then connect again.',
    })
  const not = mayNot.length > 0 ? ` It may not read: ${mayNot.join(', ')}.` : ''
  io.err(`It may read: ${may.join(', ')}.${not}${canWrite ? ' Whether it may write shows when it does.' : ''}`)
}
