import { HttpFailure } from '../../http/failure.ts'
import type { CallRecord, Found, MadeId, VendorHttp, VendorRequest, VendorWrite } from '../../http/http.ts'
import { secretsOfLink } from '../../sharing/link-secrets.ts'
import type { NewAttachment } from '../../tickets/ticket.ts'
import { type Attachment, toAttachments, toTaken } from './map.ts'
import { permission } from './permissions.ts'
import { aboutTicket } from './read-ticket.ts'

/** Syncro takes no file, only a link that it fetches later; whether it did shows on the ticket alone. */
export function attachmentWrite(http: VendorHttp): VendorWrite<NewAttachment, MadeId> {
  return {
    request: (content) => toRequest(http.baseUrl, content),
    // with a file of the same name that hung there before, nobody could tell afterwards which one is new
    prepare: async (content) => {
      if (content.before) return content
      const record = { type: 'syncro_ticket', action: 'retrieved' } as const
      return { ...content, before: (await attachmentsOf(http, content, record)).map(({ id }) => id) }
    },
    send: async (content) => {
      await http.send(toRequest(http.baseUrl, content))
      return undefined
    },
    find: async (content) => find(await attachmentsOf(http, content, { type: 'syncro_ticket', action: 'retrieved' }), content),
    complete: (id, content) => confirm(http, id, content),
  }
}

const sentOf = ({ fileName, file }: NewAttachment) => ({ file_name: fileName, ...(file && { file_size_bytes: file.sizeBytes }) })

function toRequest(baseUrl: string, content: NewAttachment): VendorRequest {
  const { ticketId, fileName, url } = content
  if (url === null) throw new HttpFailure('vendor', `There is no link to ${fileName}.`, { outcome: 'refused' })
  return {
    method: 'POST',
    path: `tickets/${ticketId}/attach_file_url`,
    body: { files: [{ url, filename: fileName }] },
    secrets: secretsOfLink(url, fileName),
    needs: permission.editTicket,
    record: {
      type: 'syncro_ticket',
      action: 'updated',
      ...aboutTicket(baseUrl, content),
      sent: sentOf(content),
      received: toTaken,
    },
  }
}

async function attachmentsOf(
  http: VendorHttp,
  content: NewAttachment,
  record: Omit<CallRecord, 'externalId' | 'url' | 'reference'>,
): Promise<Attachment[]> {
  const { ticketId, fileName, url } = content
  const secrets = url === null ? [] : secretsOfLink(url, fileName)
  const answer = await http.send({
    method: 'GET',
    path: `tickets/${ticketId}`,
    needs: permission.viewTicket,
    secrets,
    record: { ...record, ...aboutTicket(http.baseUrl, content) },
  })
  return toAttachments(answer)
}

function find(attachments: readonly Attachment[], { fileName, before = [] }: NewAttachment): Found {
  const found = attachments.filter((each) => !before.includes(each.id) && toKeptName(each.fileName) === toKeptName(fileName))
  const [one, another] = found
  if (one === undefined) return 'pending'
  if (another === undefined) return { vendorId: one.id }
  return { candidates: found.map(({ id, fileName: text }) => ({ vendorId: id, createdAt: null, author: null, text })) }
}

/** Systems that keep files replace what they do not like in their names. */
const toKeptName = (name: string): string =>
  name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^a-z0-9.+-]/gu, '_')

/** The look that proves it, with the id and the address that Syncro gave the file. */
async function confirm(http: VendorHttp, id: string, content: NewAttachment): Promise<void> {
  const received = (answer: unknown) => {
    const found = toAttachments(answer).find((each) => each.id === id)
    return found && { attachment_id: found.id, ...(found.url !== null && { url: found.url }) }
  }
  await attachmentsOf(http, content, { type: 'syncro_ticket', action: 'attached', sent: sentOf(content), received })
}
