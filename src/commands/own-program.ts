import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withoutAgent } from '../agent.ts'
import type { Env } from '../config.ts'
import { MspError } from '../errors.ts'
import type { Sandbox } from '../sandbox/index.ts'

/** The file that starts msp, seen from the bundle and from the source. */
export function ownProgram(): string {
  const found = ['../bin/msp.js', '../../bin/msp.js'].map((path) => fileURLToPath(new URL(path, import.meta.url))).find(existsSync)
  if (found) return found
  throw new MspError('config', 'The file bin/msp.js is missing beside this program.', { hint: 'Install msp again.' })
}

export interface Outcome {
  exitCode: number
  stdout: string
  stderr: string
  /** Both, in the order in which they came. */
  all: string
}

/** Runs msp as a person would, in a process of its own, whoever runs this one. `onTalk` hears all that it has said on stderr so far. */
export async function runMsp(words: readonly string[], env: Env, input = '', onTalk?: (said: string) => void): Promise<Outcome> {
  const child = spawn(process.execPath, [ownProgram(), ...words], { env: withoutAgent(env), stdio: 'pipe' })
  const outcome: Outcome = { exitCode: 1, stdout: '', stderr: '', all: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    outcome.stdout += text
    outcome.all += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    outcome.stderr += text
    outcome.all += text
    onTalk?.(outcome.stderr)
  })
  child.stdin.end(input)
  outcome.exitCode = await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)))
  return outcome
}

/** A home of its own for trying things: nothing of the person's real settings, keys or data is touched. */
export async function makeSandboxHome(env: Env): Promise<{ home: string; env: Env }> {
  const home = await mkdtemp(join(tmpdir(), 'msp-sandbox-'))
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('MSP_')))
  return {
    home,
    env: { ...kept, MSP_HOME: home, MSP_KEY_FILE: join(home, 'machine-key'), MSP_TECHNICIAN: 'mike@example.com' },
  }
}

/** The commands that connect the pretend vendors, with what each reads from standard input. */
export const connectCommands = (sandbox: Sandbox): Array<{ words: string[]; input: string }> => [
  { words: ['integrate', 'syncro', '--api-url', sandbox.syncro.apiUrl, '--token-stdin'], input: sandbox.syncro.token },
  connectBackups(sandbox),
]

/** Signs in to the pretend SyncroMSP in the browser. */
export const oauthWords = ({ syncro: { oauth, apiUrl } }: Sandbox): string[] => [
  'integrate',
  'syncro',
  '--oauth',
  '--client-id',
  oauth.clients[0]?.id ?? '',
  '--api-url',
  apiUrl,
]

export const connectBackups = ({ mspBackups }: Sandbox): { words: string[]; input: string } => ({
  words: ['integrate', 'msp-backups', '--username', mspBackups.username, '--password-stdin', '--api-url', mspBackups.apiUrl],
  input: mspBackups.password,
})
