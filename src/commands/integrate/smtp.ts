import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { findIntegration } from '../../integrations/index.ts'
import { toMailbox } from '../../mail/address.ts'
import { toWholeNumber, withJson } from '../options.ts'
import { type ConnectOptions, connect } from './connect.ts'
import { withOwner } from './owner.ts'
import { given, readSecret, requireTypist } from './secret.ts'
import { shownFields } from './shown.ts'

export interface SmtpOptions extends Omit<ConnectOptions, 'apiUrl'> {
  host?: string
  port: number
  username?: string
  passwordStdin?: boolean
  passwordFile?: string
  from?: string
}

export function registerIntegrateSmtp(integrate: Command, app: App, run = runIntegrateSmtp): void {
  const command = integrate
    .command('smtp')
    .description('Connect the mail server that sends reports')
    .option('--host <name>', 'its name: mail.example.com')
    .option('--port <n>', '587, or 465 for TLS from the first byte', toWholeNumber, 587)
    .option('--username <name>', 'for the sign-in; without it there is none')
    .option('--password-stdin', 'read the password from standard input')
    .option('--password-file <file>', 'read it from a file that only you can read')
    .option('--from <address>', "what stands in From: 'MSP Backups <backups@example.com>'")
    .addHelpText('after', '\nIt is tried before it is stored; no mail is sent. It must encrypt, but for a server on this machine.')
  withJson(withOwner(command, 'team'), app, shownFields).action((options: SmtpOptions) => run(app, options))
}

export async function runIntegrateSmtp(app: App, options: SmtpOptions): Promise<void> {
  const smtp = await findIntegration('smtp')
  const { passwordFile: file, passwordStdin: stdin, port } = options
  const sources = { what: 'mail password', kind: 'password', file, stdin } as const
  const isGiven = file !== undefined || stdin === true
  if (isGiven && options.username === undefined)
    throw new MspError('usage', 'A password goes with a user name.', { hint: 'Give it with --username.' })
  if (options.username !== undefined) requireTypist(app.agent, sources, ['smtp', ...wordsOf(options)])
  const host = options.host ?? (await app.prompt.text('Mail server (mail.example.com):', '--host'))
  const baseUrl = smtp.checkUrl(`${port === 465 ? 'smtps' : 'smtp'}://${host.trim()}:${port}`)
  const { name, address } = toMailbox(options.from ?? (await app.prompt.text('From (MSP Backups <backups@example.com>):', '--from')))
  const username = await readUsername(app, options)
  const password = username === '' ? '' : await readSecret(app.prompt, app.stdin, sources)
  const account = name === '' ? { name: address, email: null } : { name, email: address }
  await connect(app, smtp, { baseUrl, secret: { kind: 'password', username, password }, account }, options)
}

/** What was typed so far, for a person to type again. */
const wordsOf = ({ host, port, username, from, owner }: SmtpOptions): string[] => [
  ...given('--host', host),
  ...given('--port', port === 587 ? undefined : String(port)),
  ...given('--username', username),
  ...given('--from', from),
  ...['--owner', owner],
]

/** '' for a server that wants none. */
async function readUsername({ prompt }: Pick<App, 'prompt'>, { username: typed }: SmtpOptions): Promise<string> {
  const ask = () => (prompt.canAsk ? prompt.text('User name (empty where the server wants none):', '--username', '') : '')
  const username = (typed ?? (await ask())).trim()
  if (!/^\P{Control}{0,255}$/u.test(username) || (typed !== undefined && username === ''))
    throw new MspError('usage', 'The user name is empty, or no name.')
  return username
}
