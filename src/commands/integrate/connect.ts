import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { quoted } from '../../files.ts'
import { tryConnect } from '../../integrations/connect.ts'
import { type Connection, type Identity, type Integration, isDirect, type Permission, toTableName } from '../../integrations/integration.ts'
import { saveCredential } from '../../vault/credentials.ts'
import type { Secret } from '../../vault/secrets.ts'
import type { JsonOption } from '../options.ts'
import type { KeyOwner } from './owner.ts'
import { inWords, shownFields, toShown } from './shown.ts'

/** The options that every sign-in has. */
export interface ConnectOptions extends JsonOption {
  apiUrl?: string
  owner: KeyOwner
}

/** A key that is to be tried and stored. */
export interface NewKey {
  baseUrl: string
  secret: Secret
  /** Whose it must be; without it the tenant of the base URL, where that says it. */
  tenant?: string | undefined
  /** As whom it shall write, where the place itself does not tell that. */
  account?: Pick<Identity, 'name' | 'email'>
  /** The scopes that were asked for. */
  asked?: readonly string[]
}

/** Looks whose key it is and what it may read, says so, then stores it. Nothing is stored of a key that does not work. */
export async function connect(
  app: Pick<App, 'io' | 'prompt' | 'vault' | 'technician' | 'callDeps' | 'db' | 'now'>,
  integration: Integration,
  key: NewKey,
  { owner, json }: ConnectOptions,
): Promise<void> {
  const { io } = app
  const { id, label } = integration
  const { baseUrl, secret } = key
  const technician = app.technician()
  // before anything is sent: a vault that cannot be opened could not keep the key
  const vault = await app.vault()
  const deps = await app.callDeps()
  const context = { sessionId: null, clientId: null, createdBy: technician }
  const connection = await tryConnect(deps, integration, { baseUrl, secret, account: key.account, context })
  // what was granted to a sign-in says what it may do
  const isTold = secret.kind === 'oauth' && secret.scopes.length > 0
  const look = async () => ({
    account: await connection.whoAmI(),
    permissions: isTold ? undefined : await connection.permissions?.(),
  })
  const { account, permissions } = await io.progress(`Asking ${label} whose key this is…`, look())
  requireTenant(integration, key, account)
  const granted = secret.kind === 'oauth' ? secret.scopes : []
  sayWhoItIs(io, integration, connection, { what: secret.kind === 'oauth' ? 'sign-in' : 'key', account, permissions, granted })
  await requireScopes(app, label, { granted, asked: key.asked ?? [] })
  const saved = await saveCredential(deps.db, vault, {
    integration: toTableName(id),
    owner: owner === 'team' ? '' : technician,
    secret,
    apiBaseUrl: baseUrl,
    account,
    now: app.now(),
  })
  if (json) return io.show(toShown(saved), shownFields, json)
  const how = secret.kind === 'oauth' ? `. Scopes: ${secret.scopes.join(', ') || 'none were named'}` : ` as ${inWords(account)}.`
  io.out(`${label} connected successfully${how}`, 'good')
}

const tenantOf = (integration: Integration, baseUrl: string) => (isDirect(integration) ? undefined : integration.tenantOf(baseUrl))

/** Against a sign-in to another tenant than the one that was meant: the browser may have been signed in there. */
function requireTenant(integration: Integration, { baseUrl, tenant = tenantOf(integration, baseUrl) }: NewKey, account: Identity): void {
  const { label } = integration
  if (tenant === undefined || account.tenant === null || account.tenant.toLowerCase() === tenant.toLowerCase()) return
  throw new MspError('forbidden', `This is ${inWords(account)} at ${account.tenant}, not at ${tenant}. Nothing was stored.`, {
    hint: `Sign out of ${label} in the browser, or name the other one: --subdomain ${quoted(account.tenant)}`,
  })
}

/** What was asked for and not granted is a person's decision. */
async function requireScopes(
  { io, prompt }: Pick<App, 'io' | 'prompt'>,
  label: string,
  { granted, asked }: { granted: readonly string[]; asked: readonly string[] },
): Promise<void> {
  const missing = asked.filter((scope) => !granted.includes(scope))
  if (missing.length === 0) return
  const sentence = `${label} did not grant ${missing.join(', ')}; what needs ${missing.length === 1 ? 'it' : 'them'} will be refused.`
  if (!prompt.canConfirm)
    throw new MspError('forbidden', `${sentence} Nothing was stored.`, {
      hint: 'Ask for less with --scope, or keep what was granted with --yes.',
    })
  io.err(sentence, 'warn')
  if (!(await prompt.confirm('Keep this sign-in all the same?', '--yes'))) throw new MspError('cancelled', 'Nothing was stored.')
}

interface Known {
  /** `key` or `sign-in`. */
  what: string
  account: Identity
  /** Undefined when it was not tried. */
  permissions: readonly Permission[] | undefined
  /** Scopes. */
  granted: readonly string[]
}

function sayWhoItIs(
  io: App['io'],
  { label }: Integration,
  { tickets, time, mail }: Connection,
  { what, account, permissions, granted }: Known,
): void {
  if (mail) {
    io.err(`${label} let msp in. What is sent comes from ${mail.from}.`)
    return
  }
  const canWrite = tickets !== undefined || time !== undefined
  const at = account.tenant ? ` at ${account.tenant}` : ''
  const name = canWrite ? ' Everything that msp writes there carries that name.' : ''
  const scopes = granted.length > 0 ? `\nGranted: ${granted.join(', ')}.` : ''
  io.err(`${label} knows this ${what} as ${inWords(account)}${at}.${name}${scopes}`)
  if (permissions === undefined) return
  const may = permissions.filter((permission) => permission.may).map(({ what }) => what)
  const mayNot = permissions.filter((permission) => !permission.may).map(({ what }) => what)
  if (may.length === 0)
    throw new MspError('forbidden', `This ${what} may read nothing at ${label}; it was not stored.`, {
      hint: 'Give it permissions there, then connect again.',
    })
  const not = mayNot.length > 0 ? ` It may not read: ${mayNot.join(', ')}.` : ''
  io.err(`It may read: ${may.join(', ')}.${not}${canWrite ? ' Whether it may write shows when it does.' : ''}`)
}
