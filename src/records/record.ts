import { newId } from '../db/id.ts'
import type { Db, NewRow, Row } from '../db/tables.ts'
import type { Attempt } from '../http/client.ts'
import { isObject } from '../object.ts'
import { addRecord } from './store.ts'

/** On whose behalf a call is made. */
export interface CallContext {
  sessionId: string | null
  clientId: string | null
  createdBy: string
  /** Whose key, '' for the team's; without it that of `createdBy`, else the team's. */
  owner?: string
  /** The last thing before a request that changes something leaves; throws when it must not. */
  beforeWrite?: () => Promise<void>
  /** How often a write was sent before this call. */
  attempts?: number
}

/** A row of the record, its JSON read. */
export type CallRow = Omit<Row<'externalIntegrations'>, 'requestData' | 'responseData'> & { requestData: unknown; responseData: unknown }

const longest = 16_384 // bytes

/** Keeps one attempt at a call: of request and answer only what the request allows. */
export async function recordAttempt(db: Db, integrationName: string, attempt: Attempt, context: CallContext): Promise<void> {
  const { request, status, answer, error, redact } = attempt
  const { record, query } = request
  const received = () => (record.received ? record.received(answer) : toListSummary(answer))
  const row: NewRow<'externalIntegrations'> = {
    id: newId(),
    sessionId: context.sessionId,
    workItemId: null,
    clientId: context.clientId,
    integrationType: record.type,
    integrationName,
    externalId: fitting(record.externalId, 255),
    externalUrl: fitting(record.url, 500),
    externalReference: fitting(record.reference, 255),
    action: record.action,
    direction: 'outbound',
    requestData: toText(record.sent ?? query, redact),
    responseData: status === 'success' ? toText(received(), redact) : null,
    responseStatus: status,
    errorMessage: error === null ? null : redact(error),
    requestDurationMs: attempt.durationMs,
    retryCount: attempt.attempt + (request.method === 'GET' ? 0 : (context.attempts ?? 0)),
    createdBy: context.createdBy,
  }
  await addRecord(db, row)
}

/** What no column has room for is left out: a piece of an id or an address would be another one. */
const fitting = (text: string | undefined, length: number): string | null => (text === undefined || text.length > length ? null : text)

/** Of a list, as it is or as the one list in an answer: how long it is, and its first ids. */
function toListSummary(answer: unknown): { count: number; ids: string[] } | undefined {
  const lists = isObject(answer) ? Object.values(answer).filter((value) => Array.isArray(value)) : [answer]
  const [list] = lists
  if (lists.length !== 1 || !Array.isArray(list)) return undefined
  const ids = list.slice(0, 10).map((row: unknown) => (isObject(row) ? String(row.id ?? row.Id ?? '') : ''))
  return { count: list.length, ids: ids.filter((id) => /^[\w-]{1,64}$/.test(id)) }
}

/** JSON of 16 kB at most; what is longer keeps its beginning. */
function toText(value: unknown, redact: (text: string) => string): string | null {
  if (value === undefined) return null
  const text = JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'string' ? redact(inner) : inner))
  const length = Buffer.byteLength(text)
  if (length <= longest) return text
  // a character may take four bytes here, or six as an escape
  return JSON.stringify({ cut: true, length, start: text.slice(0, longest / 4) })
}

/** The row as it is shown: its JSON as objects. */
export const toCallRow = (row: Row<'externalIntegrations'>): CallRow => ({
  ...row,
  requestData: fromText(row.requestData),
  responseData: fromText(row.responseData),
})

function fromText(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    // a row that another program wrote
    return text
  }
}
