import type { Command } from 'commander'
import type { App } from '../../app.ts'
import {
  backupStatuses,
  backupTypes,
  type LoggedBackup,
  loggedFields,
  toShownBackup,
  verificationStatuses,
} from '../../backups/logged-backup.ts'
import { type BackupQuery, listBackups } from '../../backups/store.ts'
import { findAssets } from '../../clients/asset.ts'
import { findClient } from '../../clients/find.ts'
import type { BackupStatus, BackupType, VerificationStatus } from '../../db/tables.ts'
import { backupVendors } from '../../integrations/index.ts'
import { toTableName } from '../../integrations/integration.ts'
import { withShortId } from '../../sessions/session.ts'
import { toSizeWords } from '../../size.ts'
import { parseDay, startOfNextDay } from '../../time/day.ts'
import { startOfDay } from '../../zone.ts'
import { type ListOptions, oneOf, sayIfMore, withJson, withLimit } from '../options.ts'

export interface BackupListOptions extends ListOptions {
  client?: string
  type?: BackupType
  status?: BackupStatus
  verification?: VerificationStatus
  source?: string
  since?: string
  until?: string
  asset?: string
  dueDeletion?: boolean
}

export function registerBackupList(backup: Command, app: App, run = runBackupList): void {
  const list = withLimit(backup.command('list').description('List logged backups, the latest first'))
    .option('--client <name>', 'of this client')
    .option('--type <type>', backupTypes.join(', '), oneOf(backupTypes))
    .option('--status <status>', backupStatuses.join(', '), oneOf(backupStatuses))
    .option('--verification <status>', verificationStatuses.join(', '), oneOf(verificationStatuses))
    .option('--source <name>', 'made by: local, veeam, msp-backups, …')
    .option('--since <day>', 'started on that day or later: friday, 15 Jan, 2026-01-15')
    .option('--until <day>', 'started on that day or before')
    .option('--asset <name>', 'of this machine or device')
    .option('--due-deletion', 'kept for as long as was planned, and not marked deleted')
  withJson(list, app, loggedFields).action((options: BackupListOptions) => run(app, options))
}

const columns = [
  'id',
  'client',
  'backupType',
  'backupStatus',
  'verificationStatus',
  'backupStartedAt',
  'fileSizeBytes',
  'filePath',
] as const satisfies ReadonlyArray<keyof LoggedBackup>

export async function runBackupList(app: Pick<App, 'io' | 'db' | 'now' | 'zone'>, options: BackupListOptions): Promise<void> {
  const { limit, json } = options
  const backups = await listBackups(await app.db(), { ...(await toQuery(app, options)), limit: limit + 1 })
  if (backups.length === 0) app.io.err('No such backup is logged. Log one: msp backup log FILE')
  const shown = backups.slice(0, limit)
  if (json || !app.io.isTerminal) app.io.list(shown.map(toShownBackup), columns, json)
  else app.io.list(shown.map(toLine), ['id', 'client', 'type', 'status', 'verified', 'started', 'size', 'file'])
  sayIfMore(app, backups, limit)
}

/** As a terminal shows it. */
const toLine = (backup: LoggedBackup) => ({
  id: withShortId(backup).id,
  client: backup.client,
  type: backup.backupType,
  status: backup.backupStatus?.replace('_', ' '),
  verified: backup.verificationStatus?.replace('_', ' '),
  started: backup.backupStartedAt,
  size: backup.fileSizeBytes === null ? null : toSizeWords(backup.fileSizeBytes),
  // a vendor's run is named by computer and plan
  file: (backup.runKey === null ? backup.fileName : null) ?? backup.filePath,
})

/** A vendor by the name that commands have for it is found by the one that the log has. */
const toStoredSource = (typed: string): string => (backupVendors.some((id) => id === typed) ? toTableName(typed) : typed)

async function toQuery(app: Pick<App, 'db' | 'now' | 'zone'>, options: BackupListOptions): Promise<Omit<BackupQuery, 'limit'>> {
  const { type, status, verification, source, since, until, asset, dueDeletion } = options
  const [db, now, zone] = [await app.db(), app.now(), app.zone()]
  const client = options.client === undefined ? undefined : await findClient(db, options.client)
  return {
    ...(client && { clientId: client.id }),
    ...(type && { type }),
    ...(status && { status }),
    ...(verification && { verification }),
    ...(source !== undefined && { source: toStoredSource(source) }),
    ...(since !== undefined && { since: startOfDay(await parseDay(since, now, zone), zone) }),
    ...(until !== undefined && { before: startOfNextDay(await parseDay(until, now, zone), zone) }),
    ...(asset !== undefined && { assetIds: (await findAssets(db, asset, client?.id)).map(({ id }) => id) }),
    ...(dueDeletion && { dueAt: now }),
  }
}
