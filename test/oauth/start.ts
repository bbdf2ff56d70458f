import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { newId } from '../../src/db/id.ts'
import type { Db } from '../../src/db/tables.ts'
import { syncro } from '../../src/integrations/syncro/index.ts'
import { tokenEndpoint } from '../../src/integrations/token-endpoint.ts'
import { openJournal } from '../../src/oauth/journal.ts'
import { type RefreshDeps, renewedSignIn } from '../../src/oauth/refresh.ts'
import { signIn } from '../../src/oauth/sign-in.ts'
import { type ClaimOwner, thisOwner } from '../../src/owner.ts'
import { pressButton, type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts'
import { newDataKey, open, seal } from '../../src/vault/cipher.ts'
import { saveCredential } from '../../src/vault/credentials.ts'
import { type Credential, openOAuth } from '../../src/vault/secrets.ts'
import { findCredentialById } from '../../src/vault/store.ts'
import type { Vault } from '../../src/vault/vault.ts'
import type { Step } from '../../src/world.ts'
import { temporaryFolder } from '../support/engines.ts'

export const clientId = 'sandbox-oauth-client'
const context = { sessionId: null, clientId: null, createdBy: 'mike@example.com' }

/** A vault of its own, with the real cipher. */
export function openTestVault(): Vault {
  const [key, installation] = [newDataKey(), newId()]
  return {
    installation,
    seal: (place, text) => seal(key, installation, place, Buffer.from(text)),
    open: (place, sealed) => open([key], installation, place, sealed).toString(),
    fingerprint: (text) => text,
    openedWith: 'a key of its own',
  }
}

/** What a process of msp is here: how its effects pass, whose claim it makes, its clocks. */
export interface ProcessOptions {
  step?: Step
  /** A process that is gone by the time that another one looks. */
  isGone?: boolean
  /** Of another machine of the team. */
  machine?: string
  now?: () => Date
  limits?: { refresh: number }
}

/** The pretend Syncro with a person who has signed in, and whose access token has just run out. */
export async function startSignedIn(t: Pick<TestContext, 'after'>, db: Db, options: SandboxOptions = {}) {
  const sandbox = await startSandbox({ seed: 'empty', rateLimit: 'off', ...options })
  t.after(() => sandbox.close())
  const vault = openTestVault()
  const folder = temporaryFolder(t)
  let gone = 2 ** 30
  const plain: Step = (_, effect) => effect()
  const endpoint =
    (step: Step = plain) =>
    (secret: { tokenUrl: string; clientId: string; clientSecret: string | undefined }) =>
      tokenEndpoint({ db: async () => db, step }, syncro, {
        url: secret.tokenUrl,
        client: { id: secret.clientId, secret: secret.clientSecret },
        context,
      })
  /** Signs in, as the person does, with tokens that ran out `agoMs` ago. */
  const signInAgain = (agoMs = 1000) => signInAt(sandbox, db, { vault, endpoint: endpoint(), agoMs })
  /** A process that asks for the live token, as the stored key has it now. */
  const process = async ({ step = plain, isGone, machine = 'laptop', now = () => new Date(), limits }: ProcessOptions = {}) => {
    const owner: ClaimOwner = { ...thisOwner(machine), ...(isGone && { pid: gone++ }) }
    const deps: RefreshDeps = {
      ...{ db, vault, owner, step, now },
      journal: openJournal(join(folder, machine), vault.installation),
      label: 'SyncroMSP',
      signInAgain: 'Sign in again.',
      endpointOf: endpoint(step),
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / 20)),
      limits: limits ?? { refresh: 4000 },
    }
    const { id } = await first.credential()
    const credential = await findCredentialById(db, id)
    if (credential === undefined) throw new Error('The key is gone.')
    return renewedSignIn(deps, credential)
  }
  const first = await signInAgain()
  return { sandbox, vault, folder, signInAgain, process, ...first }
}

interface At {
  vault: Vault
  endpoint: RefreshDeps['endpointOf']
  agoMs: number
}

async function signInAt(sandbox: Sandbox, db: Db, { vault, endpoint, agoMs }: At) {
  const { webUrl, apiUrl, oauth } = sandbox.syncro
  const addresses = { authorizeUrl: `${webUrl}/oauth/authorize`, tokenUrl: `${webUrl}/oauth/token`, clientId, clientSecret: undefined }
  const request = {
    ...addresses,
    endpoint: endpoint(addresses as never),
    scopes: ['tickets:read'],
    redirectPath: '/callback/syncro',
    port: 0,
  }
  const desk = { show: (url: string) => void pressButton(url), say: () => {}, unreachable: () => {} }
  const tokens = await signIn(request, desk, { signIn: 5000, request: 1000 })
  const now = new Date(Date.now() - oauth.accessSeconds * 1000 - agoMs)
  const access = {
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken,
    expiresAt: new Date(now.getTime() + oauth.accessSeconds * 1000),
  }
  const saved = await saveCredential(db, vault, {
    ...{ integration: 'syncro', owner: 'mike@example.com', apiBaseUrl: apiUrl, now },
    secret: { kind: 'oauth', ...addresses, scopes: ['tickets:read'], access },
    account: { id: '1735', name: 'Mike Swanson', email: 'mike@example.com' },
  })
  const credential = async (): Promise<Credential> => {
    const found = await findCredentialById(db, saved.id)
    if (found === undefined) throw new Error('The key is gone.')
    return found
  }
  /** Whether the stored sign-in lives, at the vendor too; or that it says that it has ended. */
  const condition = async () => {
    const row = await credential()
    if (row.state === 'needs_login') return 'needs_login'
    const { accessToken, refreshToken } = openOAuth(vault, row).access
    const { status } = await fetch(`${apiUrl}/me`, { headers: { authorization: `Bearer ${accessToken}` } })
    return status === 200 && oauth.isLive(refreshToken ?? '') ? 'live' : 'lost'
  }
  return { credential, condition }
}
