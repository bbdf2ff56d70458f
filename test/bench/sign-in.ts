// What a sign-in in the browser costs beside the person and the vendor, what a renewal adds to a command, and whether races lose a token family.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open.ts'
import { decide, type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { runRaces } from '../oauth/races.ts'
import { median } from './median.ts'

const clientId = 'sandbox-oauth-client'
const bound = 3
const personMs = 500 // that somebody looks at the page; msp uses it to load what comes next
const races = 1000

interface Place {
  home: string
  /** The path of bin/msp.js. */
  msp: string
  runs: number
}

/** Prints what a sign-in takes, in turn with the start of `msp --version`, and how many requests a command makes with a renewal and without. */
export async function reportSignIn({ home, msp, runs }: Place): Promise<void> {
  const sandbox = await startSandbox({ seed: 'demo', rateLimit: 'off' })
  const env = { PATH: process.env.PATH, MSP_HOME: home, MSP_KEY_FILE: join(home, 'key'), MSP_TECHNICIAN: 'bench@example.com' }
  try {
    const set = spawnSync(process.execPath, [msp, 'init'], { env, encoding: 'utf8' })
    if (set.status !== 0) throw new Error(set.stderr)
    const [signIns, versions, servers]: number[][] = [[], [], []]
    for (let run = -2; run < runs; run++) {
      const version = await timeOfVersion(msp, env)
      const signIn = await signInOnce(sandbox, msp, env)
      const server = await timeOfServer(sandbox)
      if (run < 0) continue
      versions?.push(version)
      signIns?.push(signIn)
      servers?.push(server)
    }
    const [signIn, version, server] = [median(signIns ?? []), median(versions ?? []), median(servers ?? [])]
    const allowed = bound * version + server
    if (signIn > allowed) process.exitCode = 1
    console.log(
      `a sign-in without the person, who takes ${personMs} ms: ${signIn.toFixed(1)} ms; ${bound} × msp --version (${version.toFixed(1)} ms) + the server's answers (${server.toFixed(1)} ms) = ${allowed.toFixed(1)} ms (${signIn <= allowed ? 'ok' : 'OVER'})`,
    )
    await reportRenewal(sandbox, msp, env)
  } finally {
    await sandbox.close()
  }
}

/** Milliseconds of the whole process, started and heard as the sign-in is. */
async function timeOfVersion(msp: string, env: NodeJS.ProcessEnv): Promise<number> {
  const began = performance.now()
  const child = spawn(process.execPath, [msp, '--version'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  child.stderr.setEncoding('utf8').on('data', () => {})
  await once(child, 'close')
  return performance.now() - began
}

/** Milliseconds of the whole process, without those between the address on the screen and the browser's return. */
async function signInOnce({ syncro }: Sandbox, msp: string, env: NodeJS.ProcessEnv): Promise<number> {
  const began = performance.now()
  const args = ['integrate', 'syncro', '--oauth', '--client-id', clientId, '--api-url', syncro.apiUrl, '--no-browser']
  const child = spawn(process.execPath, [msp, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  let person = 0
  child.stderr.setEncoding('utf8').on('data', async (text: string) => {
    said += text
    const [, url] = /^(http:\S+)\n/m.exec(said) ?? []
    if (url === undefined || person > 0) return
    const shown = performance.now()
    person = 1
    const back = await decide(url, 'allow')
    await wait(personMs)
    person = performance.now() - shown
    await (await fetch(back)).text()
  })
  const [status] = await once(child, 'close')
  if (status !== 0) throw new Error(`The sign-in ended with ${status}: ${said}`)
  return performance.now() - began - person
}

/** Milliseconds of the answers that a sign-in waits for: the tokens, and whose they are. */
async function timeOfServer({ syncro }: Sandbox): Promise<number> {
  const began = performance.now()
  await (await fetch(`${syncro.webUrl}/oauth/token`, { method: 'POST', body: new URLSearchParams({ client_id: clientId }) })).text()
  await (await fetch(`${syncro.apiUrl}/me`, { headers: { authorization: `Bearer ${syncro.token}` } })).text()
  return performance.now() - began
}

async function reportRenewal(sandbox: Sandbox, msp: string, env: NodeJS.ProcessEnv): Promise<void> {
  const count = async () => {
    const before = sandbox.requests.length
    const child = spawn(process.execPath, [msp, 'ticket', 'show', 'T12345', '--json=number'], { env, stdio: 'ignore' })
    await once(child, 'close')
    return sandbox.requests.length - before
  }
  const plain = await count()
  const db = await openDatabase({ engine: 'sqlite', path: join(env.MSP_HOME ?? '', 'data', 'msp.sqlite') })
  await db
    .updateTable('integrationCredentials')
    .set({ oauthExpiresAt: new Date(0) })
    .execute()
  await db.destroy()
  const renewing = await count()
  if (renewing !== plain + 1) process.exitCode = 1
  console.log(
    `requests of a command: ${plain}; of one that must renew its sign-in first: ${renewing} (${renewing === plain + 1 ? 'ok' : 'OVER'})`,
  )
}

/** Prints how many of 1,000 races for a renewal lost a token family or made more than one renewal; half of them on MariaDB where there is one. */
export async function reportRaces(home: string, mariaDb: URL | undefined): Promise<void> {
  const sqlite = { engine: 'sqlite', path: join(home, 'races.sqlite') } as const
  const places = mariaDb ? ([sqlite, { engine: 'mariadb', url: mariaDb, password: undefined }] as const) : [sqlite]
  let lost = 0
  for (const place of places) {
    const ends: Array<() => unknown> = []
    const db = await openDatabase(place)
    await migrate(db)
    const seeds = Array.from({ length: races / places.length }, (_, index) => index + 1)
    lost += (await runRaces({ after: (end) => void ends.push(end as () => unknown) }, db, seeds)).length
    for (const end of ends) await end()
    await db.destroy()
  }
  if (lost > 0) process.exitCode = 1
  const engines = places.map(({ engine }) => engine).join(' and ')
  console.log(`${races} races for a renewal (${engines}): ${lost} lost or made more than one (${lost === 0 ? 'ok' : 'OVER'})`)
}
