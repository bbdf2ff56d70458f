import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { toCallRow } from '../../records/record.ts'
import { listRecords } from '../../records/store.ts'
import { type ListOptions, oneOf, withJson, withLimit } from '../options.ts'
import { recordFields } from './fields.ts'

const statuses = ['success', 'error', 'timeout'] as const

export interface RecordListOptions extends ListOptions {
  type?: string
  status?: (typeof statuses)[number]
  ticket?: string
  session?: string
}

export function registerRecordList(record: Command, app: App, run = runRecordList): void {
  const list = withLimit(record.command('list').description('List the calls to vendors, the latest first'))
    .option('--type <type>', 'of this type: syncro_ticket, msp_backups_report, …')
    .option('--status <status>', statuses.join(', '), oneOf(statuses))
    .option('--ticket <id>', "about the thing with this id at the vendor; a ticket's id is the number in its URL")
    .option('--session <session>', 'made in this session: its id, or a beginning or end of it')
  withJson(list, app, recordFields).action((options: RecordListOptions) => run(app, options))
}

export async function runRecordList(app: Pick<App, 'io' | 'db' | 'session'>, options: RecordListOptions): Promise<void> {
  const { type, status, ticket, session, limit, json } = options
  const rows = await listRecords(await app.db(), {
    ...(type === undefined ? {} : { integrationType: type }),
    ...(status === undefined ? {} : { status }),
    ...(ticket === undefined ? {} : { externalId: ticket }),
    ...(session === undefined ? {} : { sessionId: (await app.session(session)).id }),
    limit,
  })
  if (rows.length === 0) app.io.err('No such call was made yet.')
  const columns = [
    'id',
    'createdAt',
    'integrationType',
    'action',
    'externalId',
    'responseStatus',
    'requestDurationMs',
    'errorMessage',
  ] as const
  const isShort = app.io.isTerminal && !json
  // its end: the beginning of an id is its time, which neighbours share
  const shown = rows.map((row) => ({ ...toCallRow(row), ...(isShort && { id: row.id.slice(-8) }) }))
  app.io.list(shown, columns, json)
}
