import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { toRestoreCommand } from '../../backups/dump.ts'
import { dumpAndLog, keepNewest, type Surplus } from '../../backups/log-dump.ts'
import { backupTypes, loggedFields, toShownBackup } from '../../backups/logged-backup.ts'
import type { BackupType } from '../../db/tables.ts'
import { interruptible } from '../../interrupt.ts'
import { toSizeWords } from '../../size.ts'
import { type JsonOption, oneOf, toWholeNumber, withJson } from '../options.ts'

export interface BackupDumpOptions extends JsonOption {
  type: BackupType
  to?: string
  keep?: number
}

export function registerBackupDump(backup: Command, app: App, run = runBackupDump): void {
  const dump = backup
    .command('dump')
    .description("Back up msp's own database, and log that")
    .option('--to <folder>', "instead of the folder backups beside msp's data")
    .option('--keep <n>', 'delete the older dumps in that folder, but for so many', toWholeNumber)
    .option('--type <type>', backupTypes.join(', '), oneOf(backupTypes), 'manual')
    .addHelpText(
      'after',
      '\nThe keys to what is encrypted in it are not in it: see msp key recover.\nExample, for cron: msp backup dump --type daily --keep 14',
    )
  withJson(dump, app, [...loggedFields, 'restoreCommand']).action((options: BackupDumpOptions) => run(app, options))
}

export async function runBackupDump(app: App, { type, to, keep, json }: BackupDumpOptions): Promise<void> {
  const { io, machine, now } = app
  const [db, place] = [await app.db(), await app.databasePlace()]
  const folder = to === undefined ? join(app.config.folders.data, 'backups') : resolve(to)
  await interruptible(async (signal) => {
    const run = { place, folder, type, machine, now, signal }
    const backup = await io.progress('Dumping the database…', dumpAndLog(db, run))
    const restoreCommand = toRestoreCommand(place, backup.filePath)
    io.show({ ...toShownBackup(backup), restoreCommand }, ['id', 'filePath', 'fileSizeBytes', 'checksum'], json)
    io.err(`Dumped into ${backup.filePath}, ${toSizeWords(backup.fileSizeBytes ?? 0)}.`, 'good')
    io.err('Put it back, while nobody uses msp, with:')
    io.err(restoreCommand)
    if (keep !== undefined) saySurplus(app, await keepNewest(db, run, backup, keep))
  })
}

function saySurplus({ io }: Pick<App, 'io'>, { deleted, kept }: Surplus): void {
  if (deleted.length > 0)
    io.err(`Deleted ${deleted.length === 1 ? 'an older dump' : `${deleted.length} older dumps`}, and marked that in the log.`)
  for (const reason of kept) io.err(`An older dump was not deleted: ${reason}`, 'warn')
}
