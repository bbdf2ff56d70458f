import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { findIntegration } from '../../integrations/index.ts'
import { integrationIds, toTableName } from '../../integrations/integration.ts'
import { deleteCredential, findCredentials } from '../../vault/store.ts'
import { type JsonOption, oneOf, withJson } from '../options.ts'
import { type KeyOwner, keyOwners } from './owner.ts'
import { shownFields, toShown } from './shown.ts'

export interface RemoveOptions extends JsonOption {
  owner?: KeyOwner
}

export function registerIntegrateRemove(integrate: Command, app: App, run = runIntegrateRemove): void {
  const remove = integrate
    .command('remove')
    .description('Forget the key of a connected system')
    .argument('<integration>', integrationIds.join(', '))
    .option('--owner <who>', 'which key, where there are two: me, team', oneOf(keyOwners))
  withJson(remove, app, shownFields).action((name: string, options: RemoveOptions) => run(app, name, options))
}

export async function runIntegrateRemove(
  app: Pick<App, 'io' | 'db' | 'prompt' | 'technician'>,
  name: string,
  options: RemoveOptions,
): Promise<void> {
  const integration = await findIntegration(name)
  const owners = options.owner === 'team' ? [''] : options.owner === 'me' ? [app.technician()] : ['', app.technician()]
  const found = await findCredentials(await app.db(), { integration: toTableName(integration.id), owners })
  const [credential] = found
  if (!credential) throw new MspError('not_found', `${integration.label} is not connected.`, { hint: 'See: msp integrate list' })
  if (found.length > 1)
    throw new MspError('ambiguous', `${integration.label} has your own key and the team's.`, {
      hint: 'Say which: --owner me or --owner team',
    })
  const whose = credential.owner === '' ? "the team's key" : 'your key'
  if (!(await app.prompt.confirm(`Forget ${whose} of ${integration.label}?`, '--yes')))
    throw new MspError('cancelled', 'Nothing was changed.')
  await deleteCredential(await app.db(), credential.id)
  if (options.json) return app.io.show(toShown(credential), shownFields, options.json)
  app.io.out(`${integration.label}: ${whose} is forgotten here. If nobody else uses it, delete it at ${integration.label} too.`)
}
