import type { Command } from 'commander'
import type { App } from '../../app.ts'
import type { Db, Row } from '../../db/tables.ts'
import { MspError } from '../../errors.ts'
import { toCallRow } from '../../records/record.ts'
import { findRecords } from '../../records/store.ts'
import { type JsonOption, withJson } from '../options.ts'
import { recordFields } from './fields.ts'

export function registerRecordShow(record: Command, app: App, run = runRecordShow): void {
  const show = record
    .command('show')
    .description('Show one call with what was sent and received')
    .argument('<id>', 'its id, or a beginning or end of it')
  withJson(show, app, recordFields).action((id: string, options: JsonOption) => run(app, id, options))
}

export async function runRecordShow(app: Pick<App, 'io' | 'db'>, id: string, { json }: JsonOption): Promise<void> {
  app.io.show(toCallRow(await findOne(await app.db(), id)), recordFields, json)
}

async function findOne(db: Db, typed: string): Promise<Row<'externalIntegrations'>> {
  const hint = 'See: msp record list'
  if (!/^[0-9a-f-]{4,36}$/i.test(typed))
    throw new MspError('usage', `"${typed}" is not the id of a record, nor four or more characters of one.`, { hint })
  const [record, another] = await findRecords(db, typed.toLowerCase())
  if (!record) throw new MspError('not_found', `There is no record ${typed}.`, { hint })
  if (another) throw new MspError('ambiguous', `"${typed}" fits more than one record.`, { hint: `Give more of the id. ${hint}` })
  return record
}
