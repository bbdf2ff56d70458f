import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { findIntegration } from '../../integrations/index.ts'
import { withJson } from '../options.ts'
import { type ConnectOptions, connect } from './connect.ts'
import { withOwner } from './owner.ts'
import { given, readSecret, requireTypist } from './secret.ts'
import { shownFields } from './shown.ts'

export interface FilesOptions extends ConnectOptions {
  endpoint: string
  bucket: string
  accessKeyId?: string
  secretStdin?: boolean
  secretFile?: string
  region: string
  prefix: string
}

const help = `
Files are put there under names that nobody can guess, for minutes, with a link that ends by itself; then they are deleted.
Keep the bucket private, give the key nothing but PutObject, GetObject and DeleteObject on it, and let a lifecycle rule delete what is
older than a day: a machine that crashes leaves its file behind.`

export function registerIntegrateFiles(integrate: Command, app: App, run = runIntegrateFiles): void {
  const command = integrate
    .command('files')
    .description('Connect an S3-compatible bucket, from which vendors fetch the files that you attach')
    .requiredOption('--endpoint <url>', "the S3 endpoint without the bucket's name: https://s3.eu-central-1.amazonaws.com")
    .requiredOption('--bucket <name>', 'the bucket')
    .option('--access-key-id <id>', 'the id of its access key')
    .option('--secret-stdin', 'read the secret access key from standard input')
    .option('--secret-file <file>', 'read it from a file that only you can read')
    .option('--region <name>', 'the region', 'auto')
    .option('--prefix <prefix>', 'what the names of the objects begin with', 'msp/')
    .addHelpText('after', help)
  withJson(withOwner(command, 'team'), app, shownFields).action((options: FilesOptions) => run(app, options))
}

export async function runIntegrateFiles(app: App, options: FilesOptions): Promise<void> {
  const files = await findIntegration('files')
  const { endpoint, bucket, region, prefix, secretFile: file, secretStdin: stdin } = options
  const sources = { what: 'secret access key', kind: 'secret', file, stdin } as const
  const place = ['--endpoint', endpoint, '--bucket', bucket, '--region', region, '--prefix', prefix]
  requireTypist(app.agent, sources, ['files', ...place, ...given('--access-key-id', options.accessKeyId), '--owner', options.owner])
  if (endpoint.includes('?'))
    throw new MspError('usage', 'The S3 endpoint has a query in it.', { hint: 'Give it without ? and what follows.' })
  const baseUrl = files.checkUrl(`${endpoint}?${new URLSearchParams({ bucket, region, prefix })}`)
  const username = (options.accessKeyId ?? (await app.prompt.text('Access key id:', '--access-key-id'))).trim()
  if (!/^[!-~]{1,255}$/.test(username)) throw new MspError('usage', 'The access key id is empty, or no id.')
  const password = await readSecret(app.prompt, app.stdin, sources)
  app.io.err(`Trying the key: a small object is put into ${bucket}, read and deleted.`)
  await connect(app, files, { baseUrl, secret: { kind: 'password', username, password } }, options)
}
