import type { Command } from 'commander'
import type { App } from '../../app.ts'
import type { TestStatus } from '../../db/tables.ts'
import { MspError } from '../../errors.ts'
import { type Connected, connectCredential } from '../../integrations/connect.ts'
import { findIntegration } from '../../integrations/index.ts'
import { integrationIds, isDirect, toTableName } from '../../integrations/integration.ts'
import type { ConnectDeps } from '../../integrations/key-tokens.ts'
import { endPause } from '../../pace/pace.ts'
import { scopeOf } from '../../pace/store.ts'
import { noteTest } from '../../vault/credentials.ts'
import type { Credential } from '../../vault/secrets.ts'
import { findCredentials } from '../../vault/store.ts'
import { type JsonOption, withJson } from '../options.ts'
import { inWords, toShown } from './shown.ts'

const fields = ['integration', 'owner', 'status', 'writesAs', 'mayNotRead', 'error'] as const
// `storage`: a stored key that was tampered with
const authFailures = new Set(['sign_in', 'forbidden', 'locked', 'storage'])

export function registerIntegrateTest(integrate: Command, app: App, run = runIntegrateTest): void {
  const test = integrate
    .command('test')
    .description(
      "Try the keys that you can use, yours and the team's, and say whom they write as. One system that is named in a terminal" +
        ' is asked also in a pause, which ends when it answers',
    )
    .argument('[integration]', integrationIds.join(', '))
  withJson(test, app, fields).action((name: string | undefined, options: JsonOption) => run(app, name, options))
}

export async function runIntegrateTest(app: App, name: string | undefined, { json }: JsonOption): Promise<void> {
  const wanted = name === undefined ? undefined : await findIntegration(name)
  const names = (wanted ? [wanted.id] : integrationIds).map(toTableName)
  const technician = app.technician()
  const usable = await findCredentials(await app.db(), { owners: ['', technician] })
  const credentials = usable.filter(({ integrationName }) => names.includes(integrationName))
  if (credentials.length === 0) {
    const what = wanted ? `${wanted.label} is not connected.` : 'Nothing is connected yet.'
    throw new MspError('sign_in', what, { hint: `Connect it: msp integrate ${wanted?.id ?? 'syncro'}` })
  }
  // a script that tries the keys again and again must not wear down what the vendor has asked for
  const asksInPause = wanted !== undefined && app.prompt.canAsk
  const deps = { ...(await app.callDeps()), vault: await app.vault(), asksInPause }
  const results = await Promise.all(credentials.map((credential) => testOne(app, deps, { credential, technician })))
  app.io.list(results, fields, json)
  if (results.some(({ status }) => status !== 'success')) app.exitCode = 1
}

/** One that fails, in whatever way, does not keep the others from being tried. */
async function testOne(
  { io }: Pick<App, 'io'>,
  deps: ConnectDeps,
  { credential, technician }: { credential: Credential; technician: string },
) {
  const { integration, owner } = toShown(credential)
  const ended = async (status: TestStatus, error: string | null) => {
    await noteTest(deps.db, credential.id, { at: deps.now(), status, error })
    return { integration, owner, status, writesAs: null as string | null, mayNotRead: [] as string[], error }
  }
  try {
    const context = { sessionId: null, clientId: null, createdBy: technician }
    const at = await connectCredential(deps, await findIntegration(integration), credential, context)
    const { connection } = at
    const account = await connection.whoAmI()
    await sayIfPauseEnded(io, deps, at)
    const mayNotRead = ((await connection.permissions?.()) ?? []).filter(({ may }) => !may).map(({ what }) => what)
    return { ...(await ended('success', null)), writesAs: inWords(account), mayNotRead }
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    return ended(authFailures.has(error.code) ? 'auth_failed' : 'connection_error', error.message)
  }
}

async function sayIfPauseEnded(io: App['io'], { db, asksInPause }: ConnectDeps, { integration, baseUrl }: Connected): Promise<void> {
  if (!asksInPause || isDirect(integration) || !(await endPause({ db, scope: scopeOf(integration.id, baseUrl) }))) return
  io.err(`${integration.label} answers: the pause that it had asked for is over.`)
}
