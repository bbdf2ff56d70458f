import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { openDatabase } from '../../src/db/open.ts'
import { pressButton, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts'
import { placeOf } from '../support/mariadb.ts'
import { type StartOptions, startMsp } from '../support/msp.ts'
import { clientId } from './start.ts'

export interface SignedInOptions extends StartOptions {
  vendors?: SandboxOptions
}

/** msp, signed in to the pretend Syncro in the browser. Undefined, and the test is skipped, where MariaDB is asked for and there is none. */
export async function startSignedInMsp(t: TestContext, { vendors, ...options }: SignedInOptions = {}) {
  const sandbox = await startSandbox({ rateLimit: 'off', ...vendors })
  t.after(async () => {
    await sandbox.close()
    assert.deepEqual([sandbox.unknownRequests(), sandbox.unfiredFaults()], [[], []])
  })
  const browse = async (url: string) => {
    await pressButton(url)
    return true
  }
  const started = await startMsp(t, { initialised: true, browse, ...options })
  if (started === undefined) return undefined
  const { msp, env, home } = started
  const connect = ['integrate', 'syncro', '--oauth', '--client-id', clientId, '--api-url', sandbox.syncro.apiUrl]
  const signIn = () => msp(...connect)
  const { exitCode, stderr } = await signIn()
  assert.equal(exitCode, 0, stderr.join('\n'))
  /** Uses the database as somebody else who has it open. */
  const inDatabase = async (use: (db: Awaited<ReturnType<typeof openDatabase>>) => Promise<unknown>) => {
    const db = await openDatabase(placeOf(env.MSP_DATABASE_URL ?? `${home}/data/msp.sqlite`))
    try {
      await use(db)
    } finally {
      await db.destroy()
    }
  }
  /** As the clock has it, the access token ends in so many seconds, and it was given for an hour. */
  const endsIn = (seconds: number) =>
    inDatabase((db) => {
      const end = Date.now() + seconds * 1000
      const change = { oauthExpiresAt: new Date(end), updatedAt: new Date(end - 3_600_000) }
      return db.updateTable('integrationCredentials').set(change).where('integrationName', '=', 'syncro').execute()
    })
  return { ...started, sandbox, oauth: sandbox.syncro.oauth, signIn, inDatabase, endsIn }
}
