import type { TestContext } from 'node:test'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts'

export interface Reply {
  status: number
  body: unknown
}

/** A clock that stands still until it is moved. */
export function stoppedClock(start = '2026-04-01T14:00:00.000Z') {
  let time = Date.parse(start)
  return {
    now: () => new Date(time),
    pass(ms: number): void {
      time += ms
    },
  }
}

/** A sandbox that is closed after the test, and the two doors to it. */
export async function start(t: TestContext, options: SandboxOptions = {}) {
  const sandbox = await startSandbox({ seed: 'empty', ...options })
  t.after(() => sandbox.close())
  return { sandbox, syncro: syncroDoor(sandbox), backups: backupsDoor(sandbox) }
}

export type Door = (request: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>

/** `syncro('POST tickets/1/comment', { … })` with the technician's token. */
function syncroDoor({ syncro }: Sandbox): Door {
  return (request, body, headers) => send(syncro.apiUrl, request, body, { authorization: `Bearer ${syncro.token}`, ...headers })
}

/** `backups('GET Monitoring')`, logged in first. */
function backupsDoor({ mspBackups }: Sandbox): Door {
  const { username, password } = mspBackups
  return async (request, body, headers) => {
    const login = await send(`${mspBackups.apiUrl}/api`, 'POST Provider/Login', { UserName: username, Password: password })
    const token = (login.body as { access_token: string }).access_token
    return send(`${mspBackups.apiUrl}/api`, request, body, { authorization: `Bearer ${token}`, ...headers })
  }
}

/** Text when the answer is no JSON. */
export async function send(url: string, request: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const [method, path] = request.split(' ')
  const answer = await fetch(`${url}/${path}`, {
    ...(method && { method }),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: isJson(text) ? JSON.parse(text) : text }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The ids of the tickets, comments or timers in an answer. */
export function idsIn(reply: Reply, key: string): number[] {
  const rows = (reply.body as Record<string, Array<{ id: number }>>)[key] ?? []
  return rows.map(({ id }) => id)
}
