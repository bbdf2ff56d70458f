import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { type NewEmail, toFileList } from '../../mail/mail.ts'
import { findNamed } from '../../outbox/change.ts'
import { openPayload } from '../../outbox/payload.ts'
import { toWrite, writeFields } from '../../outbox/write.ts'
import { type JsonOption, withJson } from '../options.ts'

const fields = [...writeFields, 'reference', 'notBefore', 'firstSentAt', 'createdBy', 'content'] as const

export function registerOutboxShow(outbox: Command, app: App, run = runOutboxShow): void {
  const show = outbox.command('show').description('Show a write and what it says').argument('<id>', 'its short id: 7F3K')
  withJson(show, app, fields).action((shortId: string, options: JsonOption) => run(app, shortId, options))
}

export async function runOutboxShow(app: Pick<App, 'io' | 'db' | 'vault'>, shortId: string, { json }: JsonOption): Promise<void> {
  const row = await findNamed(await app.db(), shortId)
  const { reference, notBefore, firstSentAt, createdBy } = row
  // without the vault for one that is forgotten
  const content = row.payloadEncrypted === null ? null : openPayload(await app.vault(), row)
  app.io.show({ ...toWrite(row), reference, notBefore, firstSentAt, createdBy, content: toShown(row.kind, content) }, fields, json)
}

/** What it says, without the bytes of files. */
function toShown(kind: string, content: unknown): unknown {
  if (kind !== 'email' || content === null) return content
  const { html, attachments, ...email } = content as NewEmail
  return { ...email, htmlBytes: html === null ? null : Buffer.byteLength(html), attachments: toFileList(attachments) }
}
