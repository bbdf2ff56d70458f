import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { toCallRow } from '../../records/record.ts'
import { listRecords, type RecordQuery } from '../../records/store.ts'
import { parseTicketReference } from '../../tickets/reference.ts'
import { type ListOptions, oneOf, sayIfMore, withJson, withLimit } from '../options.ts'
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
    .option('--ticket <ticket>', 'written to T12345, #12345 or 12345; or about id:108443837 or a pasted address')
    .option('--session <session>', 'made in this session: its id, or a beginning or end of it')
  withJson(list, app, recordFields).action((options: RecordListOptions) => run(app, options))
}

export async function runRecordList(app: Pick<App, 'io' | 'db' | 'session'>, options: RecordListOptions): Promise<void> {
  const { type, status, ticket, session, limit, json } = options
  const rows = await listRecords(await app.db(), {
    ...(type === undefined ? {} : { integrationType: type }),
    ...(status === undefined ? {} : { status }),
    ...(ticket === undefined ? {} : toTicketQuery(ticket)),
    ...(session === undefined ? {} : { sessionId: (await app.session(session)).id }),
    limit: limit + 1,
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
  const shown = rows.slice(0, limit).map((row) => ({ ...toCallRow(row), ...(isShort && { id: row.id.slice(-8) }) }))
  app.io.list(shown, columns, json)
  sayIfMore(app, rows, limit)
}

/** A call that reads a ticket knows its id only; one that writes has its number too. */
function toTicketQuery(typed: string): Pick<RecordQuery, 'externalId' | 'externalReference'> {
  const { by, value } = parseTicketReference(typed)
  return by === 'id' ? { externalId: value } : { externalReference: `T${value}` }
}
