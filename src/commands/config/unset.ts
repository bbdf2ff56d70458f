import type { Command } from 'commander'
import type { App } from '../../app.ts'
import type { SettingName } from '../../config.ts'
import { settingsHelp, toSettingName, toShown } from './setting.ts'

export function registerConfigUnset(config: Command, app: App, run = runConfigUnset): void {
  config
    .command('unset')
    .description('Take a setting out of the file')
    .argument('<name>', 'its name', toSettingName)
    .addHelpText('after', settingsHelp)
    .action((name: SettingName) => run(app, name))
}

export async function runConfigUnset(app: Pick<App, 'io' | 'config'>, name: SettingName): Promise<void> {
  await app.config.set(name, '')
  const { value, from } = toShown(app.config, name)
  app.io.out(value === null ? `${name} is not set any more.` : `${name} is now ${value} (${from}).`)
}
