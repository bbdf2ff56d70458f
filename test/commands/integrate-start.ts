import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts'
import { type Msp, type StartOptions, startMsp } from '../support/msp.ts'

/** msp with a vault and with nothing connected, beside pretend vendors. */
export async function startUnconnected(t: TestContext, options: StartOptions & { vendors?: SandboxOptions } = {}) {
  const { vendors, ...rest } = options
  const { msp, tell, asked, env, home } = await startMsp(t, { ...rest, initialised: true })
  const sandbox = await startSandbox({ ...(rest.now && { now: rest.now }), ...vendors })
  t.after(async () => {
    await sandbox.close()
    assert.deepEqual([sandbox.unknownRequests(), sandbox.unfiredFaults()], [[], []])
  })
  return { msp, tell, asked, home, env, sandbox }
}

const listFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

/** `integrate syncro` with this token on stdin. */
export const connectSyncro = (msp: Msp, { syncro }: Sandbox, token = syncro.token, ...more: string[]) =>
  msp.withInput(token, 'integrate', 'syncro', '--api-url', syncro.apiUrl, '--token-stdin', ...more)

/** `integrate msp-backups` with this password on stdin. */
export const connectMspBackups = (msp: Msp, { mspBackups }: Sandbox, password = mspBackups.password, ...more: string[]) =>
  msp.withInput(
    password,
    ...['integrate', 'msp-backups', '--api-url', mspBackups.apiUrl],
    ...['--username', mspBackups.username, '--password-stdin', ...more],
  )

/** The documents of `integrate list --json`. */
export const listed = async (msp: Msp) => (await msp('integrate', 'list', '--json')).json()

/** What lies in the folder, whole files. */
export const filesIn = (folder: string): string =>
  listFiles(folder)
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n')

/** msp with both vendors connected. */
export async function startConnected(t: TestContext, options: Parameters<typeof startUnconnected>[1] = {}) {
  const started = await startUnconnected(t, options)
  const { msp, sandbox } = started
  for (const { exitCode, stderr } of [await connectSyncro(msp, sandbox), await connectMspBackups(msp, sandbox)]) {
    assert.equal(exitCode, 0, stderr.join('\n'))
  }
  return started
}
