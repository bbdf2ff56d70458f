import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { isObject } from '../../object.ts'
import { type Answer, json } from '../answers.ts'
import { type Call, fieldsOf, type Route } from '../routes.ts'
import { notFound } from './lists.ts'
import { nextId, type SandboxAttachment, type SyncroState, timestamp } from './state.ts'

const malformed = "Missing files param - or not an array like [{'url':'http://foo','filename': 'test'}]"
const taken = 'Processing - refresh ticket in a moment to see if it worked.'

export function attachmentRoutes(state: SyncroState): Route[] {
  return [
    { on: 'POST tickets/:id/attach_file_url', body: { files: 'array' }, handle: (call) => attach(state, call) },
    { on: 'POST tickets/:id/delete_attachment', body: { attachment_id: 'integer' }, handle: (call) => remove(state, call) },
  ]
}

/** As a ticket shows them. */
export const shownAttachments = (state: SyncroState, ticketId: number, webUrl: string) =>
  state.attachments
    .filter((attachment) => attachment.ticket_id === ticketId)
    .map(({ id, file_name, created_at }) => ({ id, file_name, url: `${webUrl}/attachments/${id}`, created_at }))

function attach(state: SyncroState, call: Call): Answer {
  const ticket = state.tickets.get(Number(call.params.id))
  if (ticket === undefined) return notFound()
  const { files } = fieldsOf(call)
  if (!Array.isArray(files) || files.length === 0 || !files.every(isLink)) return json(422, { error: malformed })
  // the vendor does this later, and tells nobody how it ended
  for (const file of files) later(state, ticket.id, file).catch(() => {})
  return json(200, { message: taken })
}

interface Link {
  url: string
  filename: string
}

const isLink = (value: unknown): value is Link =>
  isObject(value) && typeof value.filename === 'string' && typeof value.url === 'string' && /^https?:\/\//.test(value.url)

async function later(state: SyncroState, ticketId: number, { url, filename }: Link): Promise<void> {
  const { signal } = state.closing
  await wait(state.levers.fetchDelayMs, undefined, { signal })
  let fetched: { size: number; checksum: string } | undefined
  for (let time = 0; time < state.levers.fetches; time++) fetched = await fetchFile(url, state)
  if (!fetched || !state.tickets.has(ticketId)) return
  await wait(state.levers.attachLagMs, undefined, { signal })
  state.attachments.push({ id: nextId(state), ticket_id: ticketId, file_name: filename, created_at: timestamp(state), ...fetched })
}

async function fetchFile(url: string, { closing: { signal }, levers }: SyncroState): Promise<{ size: number; checksum: string }> {
  const answer = await fetch(url, { signal })
  if (!answer.ok || !answer.body) throw new Error(`The link answered with ${answer.status}.`)
  const hashing = createHash('sha256')
  let size = 0
  for await (const chunk of answer.body) {
    hashing.update(chunk)
    size += chunk.length
    if (levers.fetchPauseMs > 0) await wait(levers.fetchPauseMs, undefined, { signal })
  }
  return { size, checksum: hashing.digest('hex') }
}

function remove(state: SyncroState, call: Call): Answer {
  const id = fieldsOf(call).attachment_id
  const isIt = (one: SandboxAttachment) => one.id === id && one.ticket_id === Number(call.params.id)
  if (!state.attachments.some(isIt)) return notFound()
  state.attachments = state.attachments.filter((one) => !isIt(one))
  return json(200, { success: true })
}
