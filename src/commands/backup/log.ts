import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { type FoundFile, lookAtFile } from '../../backups/found-file.ts'
import { checkTold, logBackup, type ToldBackup } from '../../backups/log-backup.ts'
import {
  backupTypes,
  type LoggedBackup,
  loggedFields,
  toShownBackup,
  type VerificationMethod,
  verificationMethods,
} from '../../backups/logged-backup.ts'
import { parseDays } from '../../backups/retention.ts'
import { findClient } from '../../clients/find.ts'
import type { BackupType } from '../../db/tables.ts'
import { MspError } from '../../errors.ts'
import { interruptible } from '../../interrupt.ts'
import { toLocalTime } from '../../io.ts'
import { isObject } from '../../object.ts'
import { withShortId } from '../../sessions/session.ts'
import { parseSize, toSizeWords } from '../../size.ts'
import { parseInstant } from '../../time/instant.ts'
import { type JsonOption, oneOf, withJson } from '../options.ts'

const statuses = ['completed', 'failed', 'in_progress'] as const

export interface BackupLogOptions extends JsonOption {
  client?: string
  type: BackupType
  source: string
  size?: number
  location?: string
  started?: string
  ended?: string
  method?: string
  compression?: string
  encrypted?: boolean
  retention?: number
  status: (typeof statuses)[number]
  error?: string
  database?: string
  databaseHost?: string
  asset?: string
  session?: string | false
  verified?: VerificationMethod
  verifiedAt?: string
  verificationDetails?: string
  checksum: boolean
  from?: string
  date?: string
}

export function registerBackupLog(backup: Command, app: App, run = runBackupLog): void {
  const log = backup
    .command('log')
    .description('Log a backup that another program made')
    .argument('[file]', 'the file or folder of the backup, here or on another machine')
    .option('--client <name>', "whose backup it is; without it the open session's client")
    .option('--type <type>', backupTypes.join(', '), oneOf(backupTypes), 'manual')
    .option('--source <name>', 'what made it: local, veeam, manual, …', 'local')
    .option('--size <size>', 'bytes, or 45GB; read from a file that is here', parseSize)
    .option('--location <place>', 'where it is kept: NAS, Cloud, Off-site')
    .option('--started <time>', '02:00, "yesterday 2am", 2026-01-15T02:00:00Z; of a file that is here its own times stand in')
    .option('--ended <time>', 'in the same way')
    .option('--method <name>', 'mysqldump, mariabackup, file_copy, veeam, …')
    .option('--compression <name>', 'gzip, zip, none, …')
    .option('--encrypted', 'it is encrypted')
    .option('--retention <days>', 'to be deleted so long after its end: 30d, 4w', parseDays)
    .option('--status <status>', statuses.join(', '), oneOf(statuses), 'completed')
    .option('--error <text>', 'why it failed')
    .option('--database <name>', 'the database that is in it')
    .option('--database-host <host>', 'the server of that database')
    .option('--asset <name>', 'the machine or device that is in it; noted with the client when it is new')
    .option('--session <id>', 'another session than the open one')
    .option('--no-session', 'belongs to no session')
    .option('--verified <method>', `verified already: ${verificationMethods.join(', ')}`, oneOf(verificationMethods))
    .option('--verified-at <time>', 'when it was verified')
    .option('--verification-details <json>', 'what was found, as a JSON object')
    .option('--from <vendor>', 'the last runs that a backup vendor reports of --client, each once: msp-backups')
    .option('--date <day>', 'for --from: of a past day')
    .option('--no-checksum', 'does not read the file, and keeps no checksum')
    .addHelpText(
      'after',
      '\nThe SHA-256 of a file that is here is kept; a checksum beside it (FILE.sha256) is compared at once.\nExample: msp backup log /mnt/backups/AD2.vbk --client Dataforth --type daily --source veeam --asset AD2 --retention 30d',
    )
  withJson(log, app, loggedFields).action((file: string | undefined, options: BackupLogOptions) => run(app, file, options))
}

export async function runBackupLog(app: App, file: string | undefined, options: BackupLogOptions): Promise<void> {
  if (options.from !== undefined) {
    const { logRuns } = await import('./log-runs.ts')
    return logRuns(app, file, options)
  }
  if (options.date !== undefined)
    throw new MspError('usage', '--date belongs to --from.', { hint: 'Of a file, say when it was made: --started "yesterday 2am"' })
  if (file === undefined) throw new MspError('usage', 'Which file is the backup in?', { hint: 'Name it: msp backup log FILE' })
  // what is not here may be the path of another machine, and stays as it was typed
  const path = existsSync(file) ? resolve(file) : file
  const told = await toTold(app, path, options)
  checkTold(told)
  const { io } = app
  const found = await interruptible((signal) =>
    io.progress(`Reading ${path}…`, lookAtFile(path, options.checksum && options.status === 'completed', signal)),
  )
  const { backup, isNewAsset } = await logBackup(await app.db(), told, found)
  io.show(
    toShownBackup(options.json || !io.isTerminal ? backup : withShortId(backup)),
    ['id', 'client', 'backupType', 'filePath'],
    options.json,
  )
  if (isNewAsset) io.err(`${backup.asset} is new at ${backup.client}, and is noted now.`)
  sayLogged(app, backup, found, options)
}

function sayLogged(
  { io, zone }: Pick<App, 'io' | 'zone'>,
  backup: LoggedBackup,
  found: FoundFile | MspError,
  options: BackupLogOptions,
): void {
  const { fileSizeBytes, backupStartedAt, backupCompletedAt } = backup
  const size = fileSizeBytes === null ? '' : `, ${toSizeWords(fileSizeBytes)}`
  io.err(
    `Logged${backup.clientId === null ? ' for no client' : ''}: ${backup.fileName ?? backup.filePath}${size}, ${backup.backupStatus?.replace('_', ' ')}.`,
    backup.backupStatus === 'failed' ? 'bad' : 'good',
  )
  if (found instanceof MspError) {
    if (options.status === 'completed') io.err(`${found.message} It was logged as you told it, without a checksum.`, 'warn')
    return
  }
  if (found.agreesWith.length > 0) io.err(`Its checksum is the one in ${found.agreesWith.join(', ')}.`)
  if (options.started === undefined || (options.ended === undefined && backupCompletedAt !== null)) {
    const end = backupCompletedAt === null ? '' : ` to ${toLocalTime(backupCompletedAt, zone())}`
    io.err(`Its times are those of the file where you gave none: ${toLocalTime(backupStartedAt, zone())}${end}.`, 'dim')
  }
}

async function toTold(app: App, path: string, options: BackupLogOptions): Promise<ToldBackup> {
  const { verified, verifiedAt, verificationDetails } = options
  if (verified === undefined && (verifiedAt !== undefined || verificationDetails !== undefined))
    throw new MspError('usage', 'How was it verified?', { hint: 'Name the method: --verified test_restore' })
  const instantOf = async (typed: string | undefined) => (typed === undefined ? undefined : parseInstant(typed, app.now(), app.zone()))
  const times = { startedAt: await instantOf(options.started), endedAt: await instantOf(options.ended) }
  const verification = verified && {
    method: verified,
    details: readDetails(verificationDetails),
    at: (await instantOf(verifiedAt)) ?? null,
  }
  return {
    filePath: path,
    backupType: options.type,
    backupSource: options.source,
    backupStatus: options.status,
    ...(await findPlace(app, options)),
    asset: options.asset,
    size: options.size,
    ...times,
    storageLocation: options.location ?? null,
    backupMethod: options.method ?? null,
    compressionType: options.compression ?? null,
    encryptionEnabled: options.encrypted ?? false,
    retentionDays: options.retention ?? null,
    errorMessage: options.error ?? null,
    databaseName: options.database ?? null,
    databaseHost: options.databaseHost ?? null,
    verified: verification,
  }
}

/** The client and the session that it belongs to: the open session counts when its client is the one that is meant. */
async function findPlace(app: App, options: BackupLogOptions): Promise<Pick<ToldBackup, 'clientId' | 'sessionId'>> {
  const client = options.client === undefined ? undefined : await findClient(await app.db(), options.client)
  const session = options.session === false ? undefined : await app.currentSession(options.session)
  if (!session || (client && client.id !== session.clientId && options.session === undefined))
    return { clientId: client?.id ?? null, sessionId: null }
  if (!client || client.id === session.clientId) return { clientId: session.clientId, sessionId: session.id }
  throw new MspError('client_mismatch', `The session is for ${session.client}, not for ${client.name}.`, {
    hint: 'Leave out --client or --session.',
  })
}

function readDetails(typed: string | undefined): object | null {
  if (typed === undefined) return null
  try {
    const details: unknown = JSON.parse(typed)
    if (isObject(details)) return details
  } catch {
    // said below
  }
  throw new MspError('usage', 'The details of a verification are a JSON object.', {
    hint: `Write them as --verification-details '{"files_verified": 12543}'`,
  })
}
