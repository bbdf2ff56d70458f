import type { Command } from 'commander'
import type { App } from '../../app.ts'
import type { SettingName } from '../../config.ts'
import { type JsonOption, withJson } from '../options.ts'
import { settingFields, settingsHelp, toSettingName, toShown } from './setting.ts'

export function registerConfigGet(config: Command, app: App, run = runConfigGet): void {
  const get = config
    .command('get')
    .description('Print the value of a setting')
    .argument('<name>', 'its name', toSettingName)
    .addHelpText('after', settingsHelp)
  withJson(get, app, settingFields).action((name: SettingName, options: JsonOption) => run(app, name, options))
}

export async function runConfigGet(app: Pick<App, 'io' | 'config'>, name: SettingName, { json }: JsonOption): Promise<void> {
  const shown = toShown(app.config, name)
  if (json) return app.io.show(shown, ['value'], json)
  if (shown.value === null) app.io.err(`${name} is not set.`)
  else app.io.out(shown.value)
}
