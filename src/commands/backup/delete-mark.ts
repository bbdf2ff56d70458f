import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { loggedFields, soughtBackup, toShownBackup } from '../../backups/logged-backup.ts'
import { findBackups, markDeleted, readBackup } from '../../backups/store.ts'
import { MspError } from '../../errors.ts'
import { pickOne, toIdPart } from '../../pick.ts'
import { type JsonOption, withJson } from '../options.ts'

export function registerBackupDeleteMark(backup: Command, app: App, run = runBackupDeleteMark): void {
  const mark = backup
    .command('delete-mark')
    .description('Note that the file of a backup was deleted; the file itself is left alone')
    .argument('<id>', 'its id, or a beginning or end of it')
  withJson(mark, app, loggedFields).action((id: string, options: JsonOption) => run(app, id, options))
}

export async function runBackupDeleteMark(app: Pick<App, 'io' | 'db' | 'prompt' | 'now'>, id: string, { json }: JsonOption): Promise<void> {
  const db = await app.db()
  const backup = pickOne(await findBackups(db, toIdPart(id, soughtBackup)), id, soughtBackup)
  const name = backup.fileName ?? backup.filePath
  if (backup.backupStatus !== 'deleted') {
    if (backup.fileSizeBytes === null || backup.backupCompletedAt === null) {
      throw new MspError(
        'usage',
        `${name} ${backup.backupStatus === 'failed' ? 'failed' : 'is in progress'}: there is no backup to delete.`,
        { hint: 'See which can be marked: msp backup list --status completed' },
      )
    }
    if (!(await app.prompt.confirm(`Mark ${name} as deleted?`, '--yes'))) throw new MspError('cancelled', 'Nothing was changed.')
  }
  const isMarked = await markDeleted(db, backup.id, app.now())
  app.io.show(toShownBackup(await readBackup(db, backup.id)), ['id', 'backupStatus', 'deletedAt', 'filePath'], json)
  app.io.err(isMarked ? `${name} is marked as deleted. The file itself was not touched.` : `${name} is marked as deleted already.`)
}
