import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../support/engines.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))

/** The path of bin/msp.js in a folder that is not built: the tests are about src, not about what dist may hold. */
export function linkCheckout(t: TestContext): string {
  const folder = temporaryFolder(t)
  cpSync(join(checkout, 'bin'), join(folder, 'bin'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  symlinkSync(join(checkout, 'src'), join(folder, 'src'), 'junction')
  return join(folder, 'bin', 'msp.js')
}

/** A copy of the checkout that is not built, with processes in it that have a home of their own, and `more` in their environment. */
export function copyCheckout(t: TestContext, more: NodeJS.ProcessEnv = {}): { start: (...words: string[]) => ChildProcess } {
  const [folder, home] = [temporaryFolder(t), temporaryFolder(t)]
  for (const name of ['bin', 'src', 'migrations', 'package.json']) cpSync(join(checkout, name), join(folder, name), { recursive: true })
  symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'), 'junction')
  const env = { PATH: process.env.PATH, MSP_HOME: home, SHELL: '/bin/sh', NO_COLOR: '1', MSP_TIME_ZONE: 'UTC', ...more }
  return {
    start: (...words) => {
      const child = spawn(process.execPath, [join(folder, 'bin', 'msp.js'), ...words], { env, stdio: 'pipe' })
      t.after(() => child.kill('SIGKILL'))
      return child
    },
  }
}

/** What a process printed until it ended. */
export async function outcomeOf(child: ChildProcess): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [stdout, stderr] = await Promise.all([child.stdout, child.stderr].map((stream) => (stream ? text(stream) : '')))
  return { exitCode: await ended, stdout: stdout ?? '', stderr: stderr ?? '' }
}
