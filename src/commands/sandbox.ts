import { spawn } from 'node:child_process'
import { chmod, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { App } from '../app.ts'
import { MspError } from '../errors.ts'
import type { Fault } from '../sandbox/index.ts'
import { parseFault, type Sandbox, startSandbox } from '../sandbox/index.ts'
import { toWholeNumber } from './options.ts'
import { connectCommands, makeSandboxHome, oauthWords, ownProgram, runMsp } from './own-program.ts'

export interface SandboxCommandOptions {
  port?: number
  fault?: Fault[]
  shell?: boolean
}

export function registerSandbox(sandbox: Command, app: App, run = runSandbox): void {
  sandbox
    .option('--port <n>', 'for SyncroMSP; MSP Backups gets the next one', toFirstPort)
    .option(
      '--fault <fault>',
      'fail once, such as "syncro:POST tickets/:id/comment=cut-after"; may be repeated',
      (typed, all: Fault[] = []) => [...all, parseFault(typed)],
    )
    .option('--shell', 'open a shell in which msp is connected to the sandbox')
    .addHelpText('after', '\nThe sandbox is pretend vendors on this machine: nothing that you do there reaches anybody.')
    .action((options: SandboxCommandOptions) => run(app, options))
}

/** The last port is no first one. */
function toFirstPort(typed: string): number {
  const port = toWholeNumber(typed)
  if (port <= 65_534) return port
  throw new InvalidArgumentError('Use a port up to 65534: MSP Backups gets the next one.')
}

export async function runSandbox(app: Pick<App, 'io' | 'env'>, { port, fault = [], shell }: SandboxCommandOptions): Promise<void> {
  const sandbox = await startSandbox({ seed: 'demo', ...(port === undefined ? {} : { port }) })
  try {
    if (shell) await openShell(app, sandbox, fault)
    else await serve(app, sandbox, fault)
  } finally {
    await sandbox.close()
  }
}

async function serve({ io }: Pick<App, 'io'>, sandbox: Sandbox, faults: readonly Fault[]): Promise<void> {
  for (const fault of faults) sandbox.arm(fault)
  io.out(`sandbox SyncroMSP     ${sandbox.syncro.apiUrl}`)
  io.out(`sandbox MSP Backups   ${sandbox.mspBackups.apiUrl}`)
  io.err('To connect, in another terminal and with an MSP_HOME of its own:')
  for (const { words, input } of connectCommands(sandbox)) io.err(`  echo ${input} | msp ${words.join(' ')}`)
  io.err(`or SyncroMSP in the browser: msp ${oauthWords(sandbox).join(' ')}`)
  io.err('Ctrl-C ends it, and all that was written there is forgotten.')
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

async function openShell({ io, env: outer }: Pick<App, 'io' | 'env'>, sandbox: Sandbox, faults: readonly Fault[]): Promise<void> {
  const { home, env } = await makeSandboxHome(outer)
  try {
    const set = [
      ...connectCommands(sandbox),
      ...['Dataforth', 'Grabb & Durando', 'Bell & Sons'].flatMap((name) => [
        { words: ['client', 'add', name], input: '' },
        { words: ['client', 'map', name], input: '' },
      ]),
    ]
    for (const { words, input } of set) {
      const { exitCode, stderr } = await runMsp(words, env, input)
      if (exitCode !== 0) throw new MspError('vendor', `The sandbox could not be prepared (msp ${words.join(' ')}): ${stderr.trim()}`)
    }
    // after the preparation, which they would hit
    for (const fault of faults) sandbox.arm(fault)
    io.err('This shell has msp connected to the sandbox: pretend vendors on this machine. Nothing reaches anybody.', 'good')
    io.err('Try: msp session start --client Dataforth · msp ticket search backup --client Dataforth --open · msp ticket link T12345')
    io.err('     msp work add "Checked the backup" --minutes 15 · msp ticket sync · msp backup report --client Grabb · msp time log 15m')
    io.err('Leave with: exit')
    await runShell({ ...env, PATH: `${await addProgram(home)}${delimiter}${env.PATH ?? ''}` })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

/** A folder for PATH in which `msp` is this program. */
async function addProgram(home: string): Promise<string> {
  const isWindows = process.platform === 'win32'
  const path = join(home, isWindows ? 'msp.cmd' : 'msp')
  const quoted = `"${process.execPath}" "${ownProgram()}"`
  await writeFile(path, isWindows ? `@${quoted} %*\r\n` : `#!/bin/sh\nexec ${quoted} "$@"\n`)
  await chmod(path, 0o700)
  return home
}

function runShell(env: NodeJS.ProcessEnv): Promise<void> {
  const shell = process.platform === 'win32' ? (env.COMSPEC ?? 'cmd.exe') : (env.SHELL ?? '/bin/sh')
  const child = spawn(shell, [], { env, stdio: 'inherit' })
  // Ctrl-C is for what runs in the shell
  const ignore = () => {}
  process.on('SIGINT', ignore)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => {
      process.off('SIGINT', ignore)
      resolve()
    })
  })
}
