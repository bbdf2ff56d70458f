import { type Client, toNameKey } from '../clients/client.ts'
import { findMappedClient, listClients } from '../clients/store.ts'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import type { NewComment, TicketDetail, TicketSystem } from '../tickets/ticket.ts'
import type { Vault } from '../vault/vault.ts'
import { findNamed } from './change.ts'
import { moveWrite, requireWrite } from './store.ts'
import { inWords, isSeenByClient, type OutboxRow } from './write.ts'

/** A draft as a person must see it before it goes out. */
export interface Draft {
  row: OutboxRow
  content: NewComment
  visibility: 'public' | 'email'
  client: Client
  /** As the vendor has it now, with who would see it. */
  ticket: TicketDetail
}

/** The draft of this id. */
export async function findDraft(db: Db, typed: string): Promise<OutboxRow> {
  const row = await findNamed(db, typed)
  if (row.state === 'draft') return row
  throw noDraft(row)
}

const noDraft = (row: OutboxRow): MspError =>
  new MspError('usage', `${row.shortId} is not a draft: it is ${inWords(row)}.`, { hint: `See: msp outbox show ${row.shortId}` })

/** Reads what the draft says and its ticket at the vendor. One whose ticket is gone or has passed to another client is refused. */
export async function readDraft(
  db: Db,
  vault: Vault,
  row: OutboxRow,
  at: { label: string; tickets: Pick<TicketSystem, 'get'> },
): Promise<Draft> {
  const { id, shortId, integration, payloadEncrypted } = row
  const withdraw = `Withdraw the draft: msp outbox cancel ${shortId}`
  const place = { table: 'outbox', column: 'payload_encrypted', row: id }
  // what is sealed is what is sent; the columns beside it only say the same
  const sealed = payloadEncrypted === null ? undefined : JSON.parse(vault.open(place, payloadEncrypted))
  const { isUnapproved: _, ...said } = { ...sealed }
  const content: NewComment | undefined = sealed && said
  if (row.kind !== 'comment' || !content || !isSeenByClient(content.visibility))
    throw new MspError('unsupported', `${shortId} cannot be approved: this msp does not know what it would send.`, { hint: withdraw })
  const ticket = await at.tickets.get(content.ticketId)
  if (!ticket) throw new MspError('not_found', `Ticket T${content.ticketNumber} is gone at ${at.label}.`, { hint: withdraw })
  const client = (await listClients(db)).find((each) => each.id === row.clientId)
  const mapped = await findMappedClient(db, integration, ticket.vendorClientId)
  if (!client || mapped?.id !== client.id) {
    const message = `Ticket ${ticket.number} is for ${ticket.client}, the draft was written for ${client?.name ?? 'a client that is gone'}.`
    const map = client && `msp client map ${quoted(client.name)} ${quoted(`${integration}=${ticket.vendorClientId}`)}`
    throw new MspError('client_mismatch', message, {
      hint: mapped || !map ? withdraw : `If the two are the same: ${map} · else: ${withdraw}`,
    })
  }
  return { row, content, visibility: content.visibility, client, ticket }
}

const fewestLetters = 3

/** True when the words are the client's name or so much of its beginning that they can mean no other client. */
export async function isNamed(db: Db, client: Client, typed: string): Promise<boolean> {
  const key = toNameKey(typed)
  if (key === client.nameKey) return true
  const fitting = (await listClients(db)).filter(({ nameKey }) => nameKey.startsWith(key))
  return key.length >= fewestLetters && fitting.length === 1 && fitting[0]?.id === client.id
}

/** Lets a draft out in the name of a person. It is refused when it is none any more: another person was faster. */
export async function releaseDraft(
  { db, vault }: { db: Db; vault: Vault },
  { row: { id }, content }: Pick<Draft, 'row' | 'content'>,
  technician: string,
): Promise<OutboxRow> {
  const payloadEncrypted = vault.seal({ table: 'outbox', column: 'payload_encrypted', row: id }, JSON.stringify(content))
  const isMoved = await moveWrite(db, id, ['draft'], { state: 'ready', approvedBy: technician, payloadEncrypted })
  const row = await requireWrite(db, id)
  if (isMoved) return row
  throw noDraft(row)
}
