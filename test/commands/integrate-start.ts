import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts'
import { type Msp, type StartOptions, startMsp } from '../support/msp.ts'

/** msp with a vault and with nothing connected, beside pretend vendors. */
export async function startUnconnected(t: TestContext, options: StartOptions & { vendors?: SandboxOptions } = {}) {
  const { vendors, ...rest } = options
  const plain = await startMsp(t)
  assert.equal((await plain.msp('init')).exitCode, 0)
  const home = { ...rest.env, MSP_HOME: plain.home, MSP_KEY_FILE: join(plain.home, 'key') }
  const { msp, tell, asked, env } = await startMsp(t, { ...rest, env: home })
  const sandbox = await startSandbox({ ...(rest.now && { now: rest.now }), ...vendors })
  t.after(async () => {
    await sandbox.close()
    assert.deepEqual([sandbox.unknownRequests(), sandbox.unfiredFaults()], [[], []])
  })
  return { msp, tell, asked, home: plain.home, env, sandbox }
}

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
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
