import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The file to run for a script, named as seen from this folder: what `npm test` has bundled of it, which starts in a third of the time, or the source. */
export function scriptFile(script: string): string {
  const bundles = process.env.MSP_TEST_BUNDLES
  const folder = bundles ? pathToFileURL(`${bundles}/support/`) : import.meta.url
  return fileURLToPath(new URL(bundles ? script.replace(/\.ts$/, '.mjs') : script, folder))
}

/** Runs a script of this folder in several processes that begin at the same moment, and gives what each printed as JSON. Fails when one of them fails. */
export async function together(count: number, script: string, ...args: string[]): Promise<unknown[]> {
  const path = scriptFile(script)
  const children = Array.from({ length: count }, () => spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'pipe'] }))
  const results = children.map(async (child) => {
    const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    if (status !== 0) throw new Error(`${script} failed (${status}): ${stderr}`)
    return JSON.parse(stdout.slice(ready.length))
  })
  const allReady = Promise.all(children.map((child) => once(child.stdout, 'data')))
  await Promise.race([allReady, Promise.all(results)])
  for (const child of children) child.stdin.end()
  return Promise.all(results)
}

const ready = 'ready\n'

/** In such a script: waits until the other processes have come as far. */
export async function whenAllAreReady(): Promise<void> {
  process.stdout.write(ready)
  await once(process.stdin.resume(), 'end')
}
