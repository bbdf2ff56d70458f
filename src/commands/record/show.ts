import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { pickOne, toIdPart } from '../../pick.ts'
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

const kind = { name: 'record', list: 'msp record list' }

export async function runRecordShow(app: Pick<App, 'io' | 'db'>, id: string, { json }: JsonOption): Promise<void> {
  const matches = await findRecords(await app.db(), toIdPart(id, kind))
  app.io.show(toCallRow(pickOne(matches, id, kind)), recordFields, json)
}
