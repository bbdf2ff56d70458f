import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { checkChecksum, checkFileCount, checkRestore, type Verdict } from '../../backups/checks.ts'
import {
  type LoggedBackup,
  loggedFields,
  soughtBackup,
  toShownBackup,
  type VerificationMethod,
  verificationMethods,
} from '../../backups/logged-backup.ts'
import { findBackups } from '../../backups/store.ts'
import { refuseUnverifiable, verifyBackup } from '../../backups/verify.ts'
import { MspError } from '../../errors.ts'
import { interruptible } from '../../interrupt.ts'
import { pickOne, toIdPart } from '../../pick.ts'
import { type JsonOption, oneOf, toWholeNumber, withJson } from '../options.ts'

export interface BackupVerifyOptions extends JsonOption {
  method: VerificationMethod
  expect?: number
  note?: string
  failed?: boolean
}

export function registerBackupVerify(backup: Command, app: App, run = runBackupVerify): void {
  const verify = backup
    .command('verify')
    .description('Verify a logged backup, and keep the evidence')
    .argument('<id>', 'its id, or a beginning or end of it')
    .requiredOption('--method <method>', verificationMethods.join(', '), oneOf(verificationMethods))
    .option('--expect <n>', 'file_count: so many files must be in it; else as many as the last time', toWholeNumber)
    .option('--note <text>', 'manual: what was checked, and what was found')
    .option('--failed', 'manual: the backup is not good')
    .addHelpText(
      'after',
      `
checksum      compares the file with its checksum in the log, or beside it (FILE.sha256, .sha512, .md5)
test_restore  unpacks zip, tar, tar.gz; restores .sql and .sql.gz into a server of its own; opens .sqlite and .db; counts what is in it
file_count    counts the files in a zip, tar, tar.gz or folder
manual        notes what you checked yourself
Exit 1: the backup is not good, and the log says so. Exit 3: the check could not be made, and nothing was changed.`,
    )
  withJson(verify, app, loggedFields).action((id: string, options: BackupVerifyOptions) => run(app, id, options))
}

export async function runBackupVerify(app: App, id: string, options: BackupVerifyOptions): Promise<void> {
  const { io } = app
  refuseOthersOptions(options)
  const db = await app.db()
  const backup = pickOne(await findBackups(db, toIdPart(id, soughtBackup)), id, soughtBackup)
  refuseUnverifiable(backup)
  // asked before the row says that a verification runs
  const note = options.method === 'manual' ? await askNote(app, options) : ''
  const name = backup.fileName ?? backup.filePath
  const run = { backup, method: options.method, technician: app.technician(), machine: app.machine, now: app.now }
  const {
    backup: verified,
    reason,
    hint,
  } = await interruptible((signal) =>
    io.progress(
      `Verifying ${name}…`,
      verifyBackup(db, run, () => check(backup, options, note, signal)),
    ),
  )
  const columns = ['id', 'verificationStatus', 'verificationMethod', 'verificationCompletedAt', 'verificationDetails'] as const
  io.show(toShownBackup(verified), columns, options.json)
  if (reason === null) return io.err(`${name} passed: ${options.method.replace('_', ' ')}.`, 'good')
  io.err(`${name} did not pass: ${reason}`, 'bad')
  if (hint) io.err(hint)
  app.exitCode = 1
}

function refuseOthersOptions({ method, expect, note, failed }: BackupVerifyOptions): void {
  if (expect !== undefined && method !== 'file_count')
    throw new MspError('usage', '--expect belongs to --method file_count.', { hint: 'Leave it out, or use that method.' })
  if ((note !== undefined || failed) && method !== 'manual')
    throw new MspError('usage', '--note and --failed belong to --method manual.', { hint: 'Leave them out, or use that method.' })
}

function check(backup: LoggedBackup, { method, expect, failed }: BackupVerifyOptions, note: string, signal: AbortSignal): Promise<Verdict> {
  if (method === 'checksum') return checkChecksum(backup, signal)
  if (method === 'file_count') return checkFileCount(backup, expect, signal)
  if (method === 'test_restore') return checkRestore(backup, signal)
  return Promise.resolve({ reason: failed ? note : null, evidence: { note } })
}

async function askNote({ prompt }: Pick<App, 'prompt'>, { note }: BackupVerifyOptions): Promise<string> {
  const text = (note ?? (await prompt.text('What was checked, and what was found?', '--note'))).trim()
  if (text === '') throw new MspError('usage', 'A verification by hand needs words: what was checked?', { hint: 'Give them with --note.' })
  if (text.length > 4000)
    throw new MspError('usage', 'A note has 4,000 characters at most.', {
      hint: 'Shorten --note: let it name the file that holds the rest.',
    })
  return text
}
