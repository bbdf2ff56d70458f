import type { Command } from 'commander'
import type { App } from '../../app.ts'
import type { BackupPlan } from '../../backups/backup.ts'
import { reportFields, toReport } from '../../backups/report.ts'
import { addSnapshot } from '../../backups/store.ts'
import { type Client, toNameKey } from '../../clients/client.ts'
import { findClient } from '../../clients/find.ts'
import { listMappings } from '../../clients/store.ts'
import { MspError } from '../../errors.ts'
import { type Connected, toTableName } from '../../integrations/connect.ts'
import { need } from '../../integrations/index.ts'
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
  let unassigned = 0
  for (const at of await app.connectedWith('backups')) {
    const all = await app.io.progress(`Asking ${at.integration.label}…`, need(at.integration, at.connection, 'backups').plans())
    await addSnapshot(db, toTableName(at.integration.id), takenAt, all)
    const names = new Set((await vendorNamesOf(app, client, at)).map(toPlainName))
    plans.push(...all.filter(({ vendorClient }) => vendorClient !== null && names.has(toPlainName(vendorClient))))
    unassigned += all.filter(({ vendorClient, kind }) => vendorClient === null && kind === 'backup').length
  }
  const report = toReport(client.name, plans, { at: takenAt, date: dayOf(takenAt, app.zone()) })
  if (json) app.io.show(report, reportFields, json)
  else printReport(app, report)
  if (unassigned > 0)
    app.io.err(`${unassigned === 1 ? '1 plan belongs' : `${unassigned} plans belong`} to no company there, and so to no report.`, 'warn')
}

const toPlainName = (name: string): string => name.trim().toLowerCase()

/** The client's names at the backup vendor: of its mappings, else of a company of the same name. */
async function vendorNamesOf(app: App, client: Client, { integration, connection }: Connected): Promise<string[]> {
  const mappings = (await listMappings(await app.db(), client.id)).filter((mapping) => mapping.integration === toTableName(integration.id))
  const directory = need(integration, connection, 'clients')
  const named = mappings.map(async ({ vendorClientId, vendorName }) => (await directory.get(vendorClientId))?.name ?? vendorName)
  if (mappings.length > 0) return Promise.all(named)
  const same = (await directory.search(client.name)).filter(({ name }) => toNameKey(name) === toNameKey(client.name))
  const [found] = same
  if (found && same.length === 1) return [found.name]
  throw new MspError(
    same.length > 1 ? 'ambiguous' : 'not_found',
    `${integration.label} has ${same.length > 1 ? 'several companies' : 'no company'} named ${client.name}.`,
    { hint: `Say which one it is: msp client map ${JSON.stringify(client.name)} ${integration.id}=<id>` },
  )
}
