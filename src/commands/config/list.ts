import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { settingNames } from '../../config.ts'
import { type JsonOption, withJson } from '../options.ts'
import { settingFields, toShown } from './setting.ts'

export function registerConfigList(config: Command, app: App, run = runConfigList): void {
  const list = config
    .command('list')
    .description('List the settings: value, where it comes from (environment, then file, then default), and what it is')
  withJson(list, app, settingFields).action((options: JsonOption) => run(app, options))
}

export async function runConfigList(app: Pick<App, 'io' | 'config'>, { json }: JsonOption): Promise<void> {
  const shown = settingNames.map((name) => toShown(app.config, name))
  app.io.list(shown, ['name', 'value', 'from', 'what'], json)
}
