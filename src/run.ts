import { withEnvFile } from './config.ts'
import { main } from './main.ts'
import { standardLimits } from './world.ts'

/** Runs `main` with the real streams, clock and environment, and ends the process with its exit status. */
export async function run(): Promise<void> {
  if (process.report) process.report.excludeEnv = true
  const { stdout, stderr } = process
  const streams = [stdout, stderr]
  let lost = 0
  // a reader that closed early, as `| head` does, and a full disk must not stop a write on its way
  const onError = ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') lost = 1
  }
  for (const stream of streams) stream.on('error', onError)
  // a question whose terminal is gone is never answered, and the process would end by itself with 0
  process.once('beforeExit', () => process.exit(130))
  const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
  const env = await withEnvFile(process.env)
  const code = await main(process.argv.slice(2), {
    env,
    get stdin() {
      return process.stdin
    },
    stdout,
    stderr,
    now: () => new Date(),
    sleep,
    step: (_, effect) => effect(),
    limits: standardLimits,
  })
  // a keychain call that nobody answers keeps a process alive: leave, once the output is out
  for (const stream of streams)
    await new Promise<void>((resolve) => (stream.destroyed ? resolve() : void stream.write('', () => resolve())))
  process.exit(code || lost)
}
