import type { App } from '../../app.ts'
import type { BackupPlan } from '../../backups/backup.ts'
import { type LoggedBackup, toShownBackup } from '../../backups/logged-backup.ts'
import { recordReport } from '../../backups/record.ts'
import { type RunPlace, toLoggedRun } from '../../backups/run.ts'
import { addLoggedBackup, finishRun, readBackup } from '../../backups/store.ts'
import { ensureAsset } from '../../clients/asset.ts'
import type { Db } from '../../db/tables.ts'
import { MspError } from '../../errors.ts'
import { backupVendors, findIntegration } from '../../integrations/index.ts'
import { toTableName } from '../../integrations/integration.ts'
import { sessionOf } from '../session-of.ts'
import type { BackupLogOptions } from './log.ts'
import { makeReport, whose } from './report.ts'

/** Logs the runs of a report, tied to its record, each once; one that was under way when it was logged is completed. */
export async function logRuns(app: App, file: string | undefined, options: BackupLogOptions): Promise<void> {
  const { integration, date } = await readWish(file, options)
  const db = await app.db()
  const named = options.session || undefined
  const client = await whose(app, { client: options.client, session: named })
  const began = performance.now()
  const { report, findings } = await makeReport(app, client, { date, days: 1 })
  const sessionId = options.session === false ? null : ((await sessionOf(app, client, named))?.id ?? null)
  const durationMs = Math.round(performance.now() - began)
  const made = { clientId: client.id, sessionId, createdBy: app.technician(), format: 'log', durationMs }
  const place = { integration, clientId: client.id, sessionId, externalIntegrationId: await recordReport(db, report, made) }
  const tried = []
  const jobs = (findings.listed.get(integration) ?? []).filter(({ kind }) => kind === 'backup')
  for (const plan of jobs) tried.push(await logRun(db, plan, place))
  const logged = tried.filter((each) => typeof each === 'object')
  const known = tried.filter((each) => each === 'known').length
  app.io.list(logged.map(toShownBackup), ['id', 'backupStatus', 'asset', 'fileName', 'backupStartedAt', 'fileSizeBytes'], options.json)
  const without = tried.filter((each) => each === undefined).length
  const before = known === 0 ? '' : ` ${known === 1 ? '1 was' : `${known} were`} logged before.`
  const none = without === 0 ? '' : ` Of ${without === 1 ? '1 plan' : `${without} plans`} no run is known to log.`
  app.io.err(`Logged ${logged.length === 1 ? '1 run' : `${logged.length} runs`} of ${client.name}.${before}${none}`, 'good')
}

async function readWish(file: string | undefined, { from = '', date = 'latest' }: BackupLogOptions) {
  const { id, label } = await findIntegration(from)
  if (!backupVendors.includes(id))
    throw new MspError('unsupported', `${label} reports no backups.`, { hint: `Use --from ${backupVendors.join(' or ')}.` })
  if (file !== undefined) throw new MspError('usage', 'Give a file or --from, not both.')
  return { integration: toTableName(id), date }
}

/** Of a run that is in the log already and has not ended since, `known`. */
async function logRun(db: Db, plan: BackupPlan, place: Omit<RunPlace, 'infrastructureId'>): Promise<LoggedBackup | 'known' | undefined> {
  const run = toLoggedRun(plan, { ...place, infrastructureId: null })
  if (!run) return undefined
  const asset = plan.computer.trim() === '' ? undefined : await ensureAsset(db, place.clientId, plan.computer)
  const { backup, isNew } = await addLoggedBackup(db, { ...run, infrastructureId: asset?.id ?? null })
  if (isNew) return backup
  const { backupStatus, backupCompletedAt, fileSizeBytes, errorMessage } = run
  if (backupStatus === 'in_progress') return 'known'
  const isFinished = await finishRun(db, run.runKey, { backupStatus, backupCompletedAt, fileSizeBytes, errorMessage })
  return isFinished ? readBackup(db, backup.id) : 'known'
}
