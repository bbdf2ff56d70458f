import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { findIntegration } from '../../integrations/index.ts'
import { withJson } from '../options.ts'
import { baseUrlOf } from './base-url.ts'
import { type ConnectOptions, connect } from './connect.ts'
import { withOwner } from './owner.ts'
import { given, readSecret, requireTypist } from './secret.ts'
import { shownFields } from './shown.ts'

export interface MspBackupsOptions extends ConnectOptions {
  username?: string
  passwordStdin?: boolean
  passwordFile?: string
}

export function registerIntegrateMspBackups(integrate: Command, app: App, run = runIntegrateMspBackups): void {
  const command = integrate
    .command('msp-backups')
    .description('Connect MSP Backups (MSP360 Managed Backup) with API credentials (Settings > General)')
    .option('--username <name>', 'the API user name, not the portal login')
    .option('--password-stdin', 'read the API password from standard input')
    .option('--password-file <file>', 'read it from a file that only you can read')
    .option('--api-url <url>', "another host's root (https, or http on this machine: the sandbox)")
  withJson(withOwner(command, 'team'), app, shownFields).action((options: MspBackupsOptions) => run(app, options))
}

export async function runIntegrateMspBackups(app: App, options: MspBackupsOptions): Promise<void> {
  const mspBackups = await findIntegration('msp-backups')
  const { passwordFile: file, passwordStdin: stdin } = options
  const sources = { what: 'API password', kind: 'password', file, stdin } as const
  const words = [...given('--username', options.username), ...given('--api-url', options.apiUrl), '--owner', options.owner]
  requireTypist(app.agent, sources, ['msp-backups', ...words])
  const baseUrl = baseUrlOf(mspBackups, options)
  const username = (options.username ?? (await app.prompt.text('API user name:', '--username'))).trim()
  if (!/^\P{Control}{1,255}$/u.test(username)) throw new MspError('usage', 'The API user name is empty, or no name.')
  const password = await readSecret(app.prompt, app.stdin, sources)
  await connect(app, mspBackups, { baseUrl, secret: { kind: 'password', username, password } }, options)
}
