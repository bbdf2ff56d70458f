import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { App } from '../app.ts'
import { writeSecretFile } from '../files.ts'
import type { NewEmail } from '../mail/mail.ts'
import { findWrite } from '../outbox/store.ts'

/** Where a file lies that msp made to be attached by a write: beside no other one, since a draft is approved with the very bytes that were drafted. */
export const draftFolder = ({ config }: Pick<App, 'config'>, writeId: string): string => join(config.folders.data, 'reports', writeId)

/** Writes what a mail holds besides its text, so that a person can look at it before it is sent. Gives the folder. */
export async function writeMailFiles(app: Pick<App, 'config'>, writeId: string, { html, attachments }: NewEmail): Promise<string> {
  const folder = draftFolder(app, writeId)
  if (html !== null) await writeSecretFile(join(folder, 'mail.html'), html, { overwrite: true })
  for (const { fileName, content } of attachments)
    await writeSecretFile(join(folder, basename(fileName)), Buffer.from(content, 'base64'), { overwrite: true })
  return folder
}

/** Takes it away, unless the write is a draft, which is sent later. Of a write for which msp made nothing nothing is touched. */
export async function dropDraftFiles(app: Pick<App, 'config' | 'db'>, writeId: string): Promise<void> {
  const write = await findWrite(await app.db(), writeId)
  if (write?.state !== 'draft') await rm(draftFolder(app, writeId), { recursive: true, force: true })
}
