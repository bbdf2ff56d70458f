import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { askAPerson } from '../../agent.ts'
import type { App } from '../../app.ts'
import { checkDatabaseUrl, type SettingName, settings } from '../../config.ts'
import { MspError } from '../../errors.ts'
import { refusePassword, saveDatabasePassword } from '../../vault/database-password.ts'
import { settingsHelp, toSettingName } from './setting.ts'

export interface SetOptions {
  passwordStdin?: boolean
}

export function registerConfigSet(config: Command, app: App, run = runConfigSet): void {
  config
    .command('set')
    .description('Change a setting')
    .argument('<name>', 'its name', toSettingName)
    .argument('<value>', 'what it is from now on')
    .option('--password-stdin', 'with database.url: read its password from standard input; empty: it needs none')
    .addHelpText('after', settingsHelp)
    .action((name: SettingName, value: string, options: SetOptions) => run(app, name, value, options))
}

type SetApp = Pick<App, 'io' | 'config' | 'prompt' | 'stdin' | 'env' | 'keySource' | 'agent'>

export async function runConfigSet(app: SetApp, name: SettingName, value: string, options: SetOptions): Promise<void> {
  const { config, env, io, agent } = app
  if (value === '') throw new MspError('usage', `The value of ${name} is empty.`, { hint: `To take it out: msp config unset ${name}` })
  if (agent && name === 'comment.visibility' && (value === 'public' || value === 'email'))
    throw new MspError('forbidden', 'That comments are seen by the client is for a person to set, not for an agent.', {
      hint: askAPerson(agent, `config set ${name} ${value}`),
    })
  if (name === 'database.url') await keepPassword(app, value, options)
  else if (options.passwordStdin) throw new MspError('usage', '--password-stdin belongs to database.url.')
  await config.set(name, value)
  const variable = settings[name].env
  if (env[variable]) io.err(`${variable} is set in the environment and wins over this.`, 'warn')
  io.out(`${name} is set.`, 'good')
  if (name === 'database.url') io.err('See whether it answers: msp db status')
}

/** The password first: a URL whose password was not kept would lead nowhere. */
async function keepPassword({ io, config, prompt, stdin, keySource }: SetApp, value: string, { passwordStdin }: SetOptions): Promise<void> {
  const url = checkDatabaseUrl(value)
  refusePassword(url)
  const question = `Password of ${url.username} at ${url.host} (it is not shown; empty: it needs none):`
  const password = passwordStdin ? (await text(stdin)).replace(/\r?\n$/, '') : await prompt.secret(question, '--password-stdin')
  if (/\p{Control}/u.test(password))
    throw new MspError('usage', 'That is no password: it has a line break or another control character in it.')
  const source = await keySource()
  await saveDatabasePassword(url, password, source, config.folders)
  io.err(`The password is kept in ${source.kind === 'keyfile' ? `a file, sealed with the key in ${source.name}` : source.name}.`)
}
