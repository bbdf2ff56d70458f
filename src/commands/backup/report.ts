import type { Command } from 'commander'
import type { App } from '../../app.ts'
import type { BackupPlan } from '../../backups/backup.ts'
import { toReport } from '../../backups/make-report.ts'
import { reportFields } from '../../backups/report.ts'
import { addSnapshot } from '../../backups/store.ts'
import type { Client } from '../../clients/client.ts'
import { findClient } from '../../clients/find.ts'
import { findVendorClient } from '../../clients/mapping.ts'
import { listMappings } from '../../clients/store.ts'
import type { Connected } from '../../integrations/connect.ts'
import { need } from '../../integrations/index.ts'
import { toTableName } from '../../integrations/integration.ts'
import { dayOf } from '../../zone.ts'
import { type JsonOption, withJson } from '../options.ts'
import { printReport } from './print.ts'

export interface BackupReportOptions extends JsonOption {
  client: string
}

export function registerBackupReport(backup: Command, app: App, run = runBackupReport): void {
  const report = backup
    .command('report')
    .description("What a client's backups did last, the worst first")
    .requiredOption('--client <name>', 'any part of the name that only one has')
  withJson(report, app, reportFields).action((options: BackupReportOptions) => run(app, options))
}

export async function runBackupReport(app: App, { client: words, json }: BackupReportOptions): Promise<void> {
  const [db, takenAt] = [await app.db(), app.now()]
  const client = await findClient(db, words)
  const plans: BackupPlan[] = []
  const unassigned: string[] = []
  for (const at of await app.connectedWith('backups')) {
    const { label } = at.integration
    const all = await app.io.progress(`Asking ${label}…`, need(at.integration, at.connection, 'backups').plans())
    await addSnapshot(db, toTableName(at.integration.id), takenAt, all)
    const names = new Set((await vendorNamesOf(app, client, at)).map(toPlainName))
    plans.push(...all.filter(({ vendorClient }) => vendorClient !== null && names.has(toPlainName(vendorClient))))
    const ofNobody = all.filter(({ vendorClient, kind }) => vendorClient === null && kind === 'backup').length
    if (ofNobody > 0) unassigned.push(`${ofNobody === 1 ? '1 plan' : `${ofNobody} plans`} at ${label}`)
  }
  const judged = plans.map((plan) => ({ ...plan, lastSuccess: plan.status === 'successful' ? plan.lastStart : null, days: [] }))
  const about = {
    client: client.name,
    date: dayOf(takenAt, app.zone()),
    takenAt,
    source: 'live',
    zone: app.zone(),
    days: [],
    notes: [],
  } as const
  const report = toReport({ ...about, days: [], notes: [], plans: judged })
  if (json) app.io.show(report, reportFields, json)
  else printReport(app, report)
  for (const some of unassigned) app.io.err(`Of no company, and so in no report: ${some}.`, 'warn')
}

const toPlainName = (name: string): string => name.trim().toLowerCase()

/** The client's names at the backup vendor: of its mappings, else of a company of the same name. */
async function vendorNamesOf(app: App, client: Client, { integration, connection }: Connected): Promise<string[]> {
  const mappings = (await listMappings(await app.db(), client.id)).filter((mapping) => mapping.integration === toTableName(integration.id))
  const place = { integration: toTableName(integration.id), label: integration.label, directory: need(integration, connection, 'clients') }
  if (mappings.length === 0) return [(await findVendorClient(client.name, place)).name]
  return Promise.all(
    mappings.map(async ({ vendorClientId, vendorName }) => (await place.directory.get(vendorClientId))?.name ?? vendorName),
  )
}
