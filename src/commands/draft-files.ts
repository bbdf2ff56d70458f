import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from '../app.ts'
import { findWrite } from '../outbox/store.ts'

/** Where a file lies that msp made to be attached by a write: beside no other one, since a draft is approved with the very bytes that were drafted. */
export const draftFolder = ({ config }: Pick<App, 'config'>, writeId: string): string => join(config.folders.data, 'reports', writeId)

/** Takes it away, unless the write is a draft, which is sent later. Of a write for which msp made nothing nothing is touched. */
export async function dropDraftFiles(app: Pick<App, 'config' | 'db'>, writeId: string): Promise<void> {
  const write = await findWrite(await app.db(), writeId)
  if (write?.state !== 'draft') await rm(draftFolder(app, writeId), { recursive: true, force: true })
}
