import { type Client, toNameKey } from '../clients/client.ts'
import { findMappedClient, listClients } from '../clients/store.ts'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import type { MailSystem, NewEmail } from '../mail/mail.ts'
import type { NewAttachment, NewComment, TicketDetail, TicketSystem } from '../tickets/ticket.ts'
import type { NewCharge, TimeSystem } from '../time/time.ts'
import type { Vault } from '../vault/vault.ts'
import { findNamed } from './change.ts'
import { openPayload, sealPayload } from './payload.ts'
import { moveWrite, requireWrite } from './store.ts'
import { inWords, isSeenByClient, type OutboxRow } from './write.ts'

interface Drafted {
  row: OutboxRow
  client: Client
}

interface CommentDraft extends Drafted {
  kind: 'comment'
  content: NewComment
  visibility: 'public' | 'email'
  /** As the vendor has it now, with who would see it. */
  ticket: TicketDetail
}

interface AttachmentDraft extends Drafted {
  kind: 'attachment'
  content: NewAttachment
  ticket: TicketDetail
}

interface ChargeDraft extends Drafted {
  kind: 'charge'
  /** With what an hour costs now. */
  content: NewCharge
  ticket: TicketDetail
}

interface EmailDraft extends Drafted {
  kind: 'email'
  content: NewEmail
  /** What will stand in From. */
  from: string
}

/** A draft as a person must see it before it goes out. */
export type Draft = CommentDraft | AttachmentDraft | ChargeDraft | EmailDraft

/** The vendor that a draft goes to. */
interface DraftTarget {
  label: string
  tickets?: Pick<TicketSystem, 'get'> | undefined
  time?: Pick<TimeSystem, 'rate'> | undefined
  mail?: Pick<MailSystem, 'from'> | undefined
}

/** The draft of this id. */
export async function findDraft(db: Db, typed: string): Promise<OutboxRow> {
  const row = await findNamed(db, typed)
  if (row.state === 'draft') return row
  throw noDraft(row)
}

const noDraft = (row: OutboxRow): MspError =>
  new MspError('usage', `${row.shortId} is not a draft: it is ${inWords(row)}.`, { hint: `See: msp outbox show ${row.shortId}` })

/** Reads what the draft says, and of what goes to a ticket that ticket at the vendor. One whose client or ticket is gone, or passed to another, is refused. */
export async function readDraft(db: Db, vault: Vault, row: OutboxRow, at: DraftTarget): Promise<Draft> {
  const content = openContent(vault, row)
  const client = (await listClients(db)).find((each) => each.id === row.clientId)
  const { label, tickets, time } = at
  if (tickets && isComment(row, content)) {
    const place = await requireTicket(db, { row, client, content }, { label, tickets })
    return { kind: 'comment', row, content, visibility: content.visibility, ...place }
  }
  if (tickets && isAttachment(row, content))
    return { kind: 'attachment', row, content, ...(await requireTicket(db, { row, client, content }, { label, tickets })) }
  if (tickets && time && isCharge(row, content)) {
    const place = await requireTicket(db, { row, client, content }, { label, tickets })
    return { kind: 'charge', row, content: { ...content, labor: await time.rate(content.labor.id) }, ...place }
  }
  if (!at.mail || !isEmail(row, content))
    throw new MspError('unsupported', `${row.shortId} cannot be approved: this msp does not know what it would send.`, {
      hint: withdraw(row),
    })
  if (client) return { kind: 'email', row, client, content, from: at.mail.from }
  throw new MspError('client_mismatch', 'The draft was written for a client that is gone.', { hint: withdraw(row) })
}

const withdraw = ({ shortId }: OutboxRow): string => `Withdraw the draft: msp outbox cancel ${shortId}`

/** What is sealed is what is sent; the columns beside it only say the same. */
function openContent(vault: Vault, row: OutboxRow): unknown {
  const { isUnapproved: _, ...said } = (openPayload(vault, row) ?? {}) as { isUnapproved?: unknown }
  return said
}

type SeenComment = NewComment & { visibility: 'public' | 'email' }

const isComment = ({ kind }: OutboxRow, content: unknown): content is SeenComment =>
  kind === 'comment' && isSeenByClient((content as Partial<NewComment> | undefined)?.visibility ?? null)

const isAttachment = ({ kind }: OutboxRow, content: unknown): content is NewAttachment =>
  kind === 'attachment' && typeof (content as Partial<NewAttachment> | undefined)?.fileName === 'string'

const isCharge = ({ kind }: OutboxRow, content: unknown): content is NewCharge =>
  kind === 'charge' && typeof (content as Partial<NewCharge> | undefined)?.timeWriteId === 'string'

const isEmail = ({ kind }: OutboxRow, content: unknown): content is NewEmail =>
  kind === 'email' && Array.isArray((content as Partial<NewEmail> | undefined)?.to)

async function requireTicket(
  db: Db,
  { row, client, content }: { row: OutboxRow; client: Client | undefined; content: SeenComment | NewAttachment | NewCharge },
  { label, tickets }: { label: string; tickets: Pick<TicketSystem, 'get'> },
): Promise<{ client: Client; ticket: TicketDetail }> {
  const { integration } = row
  const ticket = await tickets.get(content.ticketId)
  if (!ticket) throw new MspError('not_found', `Ticket T${content.ticketNumber} is gone at ${label}.`, { hint: withdraw(row) })
  const mapped = await findMappedClient(db, integration, ticket.vendorClientId)
  if (client && mapped?.id === client.id) return { client, ticket }
  const message = `Ticket ${ticket.number} is for ${ticket.client}, the draft was written for ${client?.name ?? 'a client that is gone'}.`
  const map = client && `msp client map ${quoted(client.name)} ${quoted(`${integration}=${ticket.vendorClientId}`)}`
  throw new MspError('client_mismatch', message, {
    hint: mapped || !map ? withdraw(row) : `If the two are the same: ${map} · else: ${withdraw(row)}`,
  })
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
  const payloadEncrypted = sealPayload(vault, id, content)
  const isMoved = await moveWrite(db, id, ['draft'], { state: 'ready', approvedBy: technician, payloadEncrypted })
  const row = await requireWrite(db, id)
  if (isMoved) return row
  throw noDraft(row)
}
