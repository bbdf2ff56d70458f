import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { BackupPlan, BackupSource } from '../../src/backups/backup.ts'
import { type ErrorCode, MspError } from '../../src/errors.ts'
import { HttpFailure } from '../../src/http/failure.ts'
import type { VendorHttp, VendorRequest } from '../../src/http/http.ts'
import type { ListTaker } from '../../src/http/list-reader.ts'
import { findIntegration, need } from '../../src/integrations/index.ts'
import { findSignIn, type IntegrationId, isDirect } from '../../src/integrations/integration.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts'

export const start = new Date('2026-04-01T14:00:00.000Z')

/** A vendor's client that sends each request once, as the real one does, and keeps what its record would. */
export interface PlainHttp extends VendorHttp {
  readonly records: object[]
}

export function plainHttp(baseUrl: string, token?: string): PlainHttp {
  const records: object[] = []
  const send = async (request: VendorRequest) => {
    const answer = await exchange(baseUrl, token, request)
    const { received, ...record } = request.record
    records.push({ ...record, ...(received && { received: received(answer) }) })
    return answer
  }
  return { baseUrl, records, send }
}

const codes: Record<number, ErrorCode> = { 401: 'sign_in', 404: 'not_found', 429: 'rate_limited' }

async function exchange(
  baseUrl: string,
  token: string | undefined,
  { method, path, query = {}, body, list }: VendorRequest,
): Promise<unknown> {
  const url = new URL(`${baseUrl}/${path}`)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }) }
  const response = await fetch(url, { method, headers, redirect: 'manual', ...(body && { body: JSON.stringify(body) }) }).catch(() => {
    throw new HttpFailure('network', 'The connection was cut.', { outcome: 'unknown' })
  })
  const text = await response.text()
  if (!response.ok)
    throw new HttpFailure(codes[response.status] ?? 'vendor', `Status ${response.status}.`, { outcome: 'refused', status: response.status })
  try {
    const answer = JSON.parse(text)
    return list ? takeAll(list, answer) : answer
  } catch (cause) {
    if (cause instanceof MspError) throw cause
    throw new HttpFailure('vendor', 'No JSON.', { outcome: 'unknown', status: response.status })
  }
}

/** Hands a list over in pieces of two, as the real client does while it comes in. */
export function takeAll({ begin, take }: ListTaker, answer: unknown): { count: number } {
  if (!Array.isArray(answer)) throw new HttpFailure('vendor', 'No list.', { outcome: 'unknown' })
  begin()
  for (let from = 0; from < answer.length; from += 2) take(answer.slice(from, from + 2))
  return { count: answer.length }
}

/** Every plan of a source. */
export async function plansOf(source: BackupSource): Promise<BackupPlan[]> {
  let plans: BackupPlan[] = []
  await source.plans({
    begin: () => {
      plans = []
    },
    take: (more) => void plans.push(...more),
  })
  return plans
}

/** A sandbox with a clock that stands still. After the test nothing that the vendor does not know may have come in, and every fault must have happened. */
export async function sandboxFor(t: TestContext, options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ seed: 'empty', rateLimit: 'off', now: () => start, ...options })
  t.after(async () => {
    await sandbox.close()
    assert.deepEqual([sandbox.unknownRequests(), sandbox.unfiredFaults()], [[], []])
  })
  return sandbox
}

/** A vendor that gives these answers in turn: for what a sandbox does not do. */
export function scripted(...answers: unknown[]): VendorHttp & { readonly sent: VendorRequest[] } {
  const sent: VendorRequest[] = []
  return {
    baseUrl: 'https://acme.syncromsp.com/api/v1',
    sent,
    send: async (request) => {
      sent.push(request)
      if (answers.length === 0) throw new Error(`No answer is left for ${request.method} ${request.path}.`)
      return answers.shift()
    },
  }
}

/** What the shared contract needs to do at a pretend vendor. */
export interface TicketLevers {
  /** Gives the ids and numbers. */
  addTickets(...tickets: Array<{ status?: string }>): Array<{ id: string; number: string }>
  /** The page of the list of tickets that fails. */
  failPage(page: number, kind: 'status' | 'html' | 'half-json'): void
  /** The next comment: cut off before or after it was stored. */
  cutComment(kind: 'cut-before' | 'cut-after'): void
  /** What is stored on a ticket, and whether the client sees it. */
  comments(ticketId: string): Array<{ body: string; isHidden: boolean }>
  /** The texts that were mailed to the client. */
  mailed(): string[]
}

const levers: Partial<Record<IntegrationId, (sandbox: Sandbox) => TicketLevers>> = {
  syncro: ({ syncro, arm }) => ({
    addTickets: (...tickets) => syncro.addTickets(...tickets).map(({ id, number }) => ({ id: String(id), number: String(number) })),
    failPage: (page, kind) => arm({ vendor: 'syncro', on: 'GET tickets', kind, skip: page - 1 }),
    cutComment: (kind) => arm({ vendor: 'syncro', on: 'POST tickets/:id/comment', kind }),
    comments: (ticketId) => syncro.comments(Number(ticketId)).map(({ body, hidden }) => ({ body, isHidden: hidden })),
    mailed: () => syncro.mailed.map(({ body }) => body),
  }),
}

export async function ticketsAt(t: TestContext, vendor: IntegrationId) {
  const sandbox = await sandboxFor(t)
  const integration = await findIntegration(vendor)
  assert.ok(!isDirect(integration))
  const lever = levers[vendor]?.(sandbox)
  assert.ok(lever, `${vendor} has no levers for the contract`)
  const http = plainHttp(integration.fromApiUrl(sandbox.syncro.webUrl), sandbox.syncro.token)
  const tickets = need(integration, await integration.connect(http, { zone: 'UTC' }), 'tickets')
  return { tickets, lever, requests: sandbox.requests }
}

/** Connected to the pretend Syncro. */
export async function connectSyncro(t: TestContext, options: SandboxOptions & { token?: string } = {}) {
  const sandbox = await sandboxFor(t, options)
  const integration = await findIntegration('syncro')
  const http = plainHttp(integration.fromApiUrl(sandbox.syncro.webUrl), options.token ?? sandbox.syncro.token)
  const connection = await integration.connect(http, { zone: 'UTC' })
  const [clients, tickets, time] = [
    need(integration, connection, 'clients'),
    need(integration, connection, 'tickets'),
    need(integration, connection, 'time'),
  ]
  return { sandbox, syncro: sandbox.syncro, http, connection, clients, tickets, time }
}

/** Connected to the pretend MSP Backups, with a token of its own login. */
export async function connectMspBackups(t: TestContext, options: SandboxOptions & { zone?: string } = {}) {
  const sandbox = await sandboxFor(t, options)
  const { apiUrl, username, password } = sandbox.mspBackups
  const integration = await findIntegration('msp-backups')
  const baseUrl = integration.fromApiUrl(apiUrl)
  const signIn = findSignIn(integration, 'password')
  assert.ok(signIn)
  const { token } = await signIn.login(plainHttp(baseUrl), username, password, start)
  const http = plainHttp(baseUrl, token)
  const connection = await integration.connect(http, { zone: options.zone ?? 'UTC' })
  const [clients, backups] = [need(integration, connection, 'clients'), need(integration, connection, 'backups')]
  return { sandbox, mspBackups: sandbox.mspBackups, http, connection, clients, backups }
}
