import { withEnvFile } from './config.ts'
import { main } from './main.ts'
import { openOutput } from './output.ts'
import { standardLimits } from './world.ts'

/** Runs `main` with the real streams, clock and environment, and ends the process with its exit status. */
export async function run(): Promise<void> {
  if (process.report) process.report.excludeEnv = true
  // without a listener Node opens its inspector on this signal, to every program of this machine
  process.on('SIGUSR1', () => {})
  let failure: unknown
  const env = await withEnvFile(process.env).catch((error: unknown) => {
    failure = error
    return { ...process.env }
  })
  // what msp is told in its variables is nobody else's: not of a browser, nor of a report on the process
  for (const name of Object.keys(process.env)) if (name.startsWith('MSP_')) delete process.env[name]
  let lost: string | undefined
  // a reader that closed early, as `| head` does, has seen enough; neither that nor a full disk may stop a write on its way
  const onLost = (code = 'unknown') => {
    if (code !== 'EPIPE') lost ??= code
  }
  // a question whose terminal is gone is never answered, and the process would end by itself with 0
  process.once('beforeExit', () => process.exit(130))
  const stderr = openOutput(() => process.stderr, 2, onLost)
  const code = await main(process.argv.slice(2), {
    env,
    failure,
    nodeOptions: process.execArgv,
    get stdin() {
      return process.stdin
    },
    stdout: openOutput(() => process.stdout, 1, onLost),
    stderr,
    now: () => new Date(),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    step: (_, effect) => effect(),
    limits: standardLimits,
  })
  if (lost !== undefined) {
    const done = code === 0 ? ' The command itself is done: repeat it only if it changes nothing.' : ''
    stderr.write(`Not all of the answer could be written (${lost}).${done}\n`)
  }
  // a keychain call that nobody answers keeps a process alive
  process.exit(code || (lost === undefined ? 0 : 1))
}
