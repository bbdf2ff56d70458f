import { basename, win32 } from 'node:path'
import { ensureAsset } from '../clients/asset.ts'
import { transact } from '../db/dialect.ts'
import type { BackupStatus, BackupType, Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import type { FoundFile } from './found-file.ts'
import type { LoggedBackup, VerificationMethod } from './logged-backup.ts'
import { addLoggedBackup } from './store.ts'

/** A backup as somebody tells of it. Size and times are undefined when the file is to say them. */
export interface ToldBackup {
  filePath: string
  backupType: BackupType
  backupSource: string
  backupStatus: Exclude<BackupStatus, 'deleted'>
  clientId: string | null
  sessionId: string | null
  asset: string | undefined
  size: number | undefined
  startedAt: Date | undefined
  endedAt: Date | undefined
  storageLocation: string | null
  backupMethod: string | null
  compressionType: string | null
  encryptionEnabled: boolean
  retentionDays: number | null
  errorMessage: string | null
  databaseName: string | null
  databaseHost: string | null
  /** It was verified before it was logged. */
  verified: { method: VerificationMethod; details: object | null; at: Date | null } | undefined
}

/** What a column has room for, by what a person calls it and types it with. */
const longest = [
  ['path', 'FILE', 'filePath', 500],
  ['source', '--source', 'backupSource', 100],
  ['location', '--location', 'storageLocation', 500],
  ['method', '--method', 'backupMethod', 50],
  ['compression', '--compression', 'compressionType', 50],
  ['name of the database', '--database', 'databaseName', 100],
  ['host of the database', '--database-host', 'databaseHost', 255],
  ['name of the machine or device', '--asset', 'asset', 255],
  ['error', '--error', 'errorMessage', 4000],
] as const
const longestDetails = 16_384

/** Refuses what has no room or contradicts itself, before the file is read. */
export function checkTold(told: ToldBackup): void {
  for (const [word, option, name, most] of longest) checkText({ word, option, most }, told[name] ?? undefined)
  checkStatus(told)
  const { startedAt, endedAt, verified, asset, clientId } = told
  if (startedAt && endedAt && endedAt < startedAt)
    throw new MspError('usage', 'The backup ends before it starts.', { hint: 'Correct --started or --ended.' })
  if (verified && JSON.stringify(verified.details).length > longestDetails)
    throw new MspError('usage', `The details of the verification have ${longestDetails} characters at most.`, {
      hint: 'Shorten --verification-details: let it name the file that holds the rest.',
    })
  if (asset !== undefined && clientId === null)
    throw new MspError('usage', 'A machine or device belongs to a client.', { hint: 'Name the client: --client NAME' })
}

function checkText({ word, option, most }: { word: string; option: string; most: number }, text: string | undefined): void {
  if (text === undefined) return
  if (text.trim() === '') throw new MspError('usage', `The ${word} is empty.`, { hint: `Write something for ${option}.` })
  if (text.length > most) throw new MspError('usage', `The ${word} has ${most} characters at most.`, { hint: `Shorten ${option}.` })
}

function checkStatus({ backupStatus, errorMessage, endedAt, verified }: ToldBackup): void {
  if (errorMessage !== null && backupStatus !== 'failed')
    throw new MspError('usage', 'Only a failed backup has an error.', { hint: 'Add --status failed' })
  if (endedAt && backupStatus === 'in_progress')
    throw new MspError('usage', 'A backup in progress has no end yet.', { hint: 'Leave --ended out.' })
  if (verified && backupStatus !== 'completed')
    throw new MspError('usage', 'Only a completed backup can be verified.', { hint: 'Leave --verified out, or --status.' })
}

/** Logs a backup; `file` is what was found of it here, or why there is nothing to find. */
export async function logBackup(
  db: Db,
  told: ToldBackup,
  file: FoundFile | MspError,
): Promise<{ backup: LoggedBackup; isNewAsset: boolean }> {
  checkTold(told)
  const { asset: assetName, size, startedAt, endedAt, verified, ...columns } = told
  const times = toTimes(told, file)
  const row = {
    ...columns,
    ...times,
    ...toVerification(verified),
    fileName: fileNameOf(told.filePath),
    fileSizeBytes: toSize(told, file),
    scheduledDeletionDate: toDeletion(times.backupCompletedAt, told.retentionDays),
    checksum: file instanceof MspError || told.backupStatus !== 'completed' ? null : file.checksum,
  }
  return transact(db, async (transaction) => {
    const asset = assetName !== undefined && told.clientId !== null ? await ensureAsset(transaction, told.clientId, assetName) : undefined
    const { backup } = await addLoggedBackup(transaction, { ...row, infrastructureId: asset?.id ?? null })
    return { backup, isNewAsset: asset?.isNew ?? false }
  })
}

function toVerification(verified: ToldBackup['verified']) {
  if (!verified) return { verificationStatus: 'not_verified' } as const
  const { method, details, at } = verified
  return {
    verificationStatus: 'passed',
    verificationMethod: method,
    verificationDetails: details === null ? null : JSON.stringify(details),
    verificationCompletedAt: at,
  } as const
}

/** So many days after its end; an end that is not known has no such day. */
export const toDeletion = (end: Date | null, days: number | null): Date | null =>
  end === null || days === null ? null : new Date(end.getTime() + days * 86_400_000)

function toSize({ size, backupStatus: status }: ToldBackup, file: FoundFile | MspError): number | null {
  if (!(file instanceof MspError)) {
    // of one in progress it says nothing
    if (status === 'in_progress') return size ?? null
    if (size === undefined || size === file.bytes) return file.bytes
    throw new MspError('usage', `The file has ${file.bytes} bytes, not ${size}.`, { hint: 'Leave --size out: it is read from the file.' })
  }
  if (size !== undefined || status !== 'completed') return size ?? null
  throw new MspError('usage', `How large is it? ${file.message}`, { hint: 'Give the size: --size 45GB' })
}

function toTimes(told: ToldBackup, file: FoundFile | MspError): { backupStartedAt: Date; backupCompletedAt: Date | null } {
  const found = file instanceof MspError ? undefined : file
  const why = file instanceof MspError ? ` ${file.message}` : ''
  const end = told.backupStatus === 'in_progress' ? null : (told.endedAt ?? found?.endedAt ?? null)
  const start = told.startedAt ?? (found && earliest(found.startedAt, end))
  if (start === undefined) throw new MspError('usage', `When did it start?${why}`, { hint: 'Give the time: --started "yesterday 2am"' })
  if (end === null && told.backupStatus === 'completed')
    throw new MspError('usage', `When did it end?${why}`, { hint: 'Give the time: --ended "yesterday 2:45am"' })
  if (end !== null && end < start)
    throw new MspError('usage', 'The file was last changed before the backup started.', { hint: 'Give both: --started and --ended' })
  return { backupStartedAt: start, backupCompletedAt: end }
}

const earliest = (start: Date, end: Date | null): Date => (end !== null && end < start ? end : start)

/** Of a path of this machine or of a Windows one; undefined parts, as of a path that ends in a slash, give none. */
function fileNameOf(path: string): string | null {
  const name = /^([a-z]:)?\\|^[a-z]:\//i.test(path) ? win32.basename(path) : basename(path)
  return name === '' || name.length > 255 ? null : name
}
