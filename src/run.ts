import { withEnvFile } from './config.ts'
import { main } from './main.ts'
import { standardLimits } from './world.ts'

/** Runs `main` with the real streams, clock and environment, and ends the process with its exit status. */
export async function run(): Promise<void> {
  if (process.report) process.report.excludeEnv = true
  const { stdin, stdout, stderr } = process
  const streams = [stdout, stderr]
  // a reader that closed early, as `| head` does, must not stop a write on its way
  for (const stream of streams) stream.on('error', (error: NodeJS.ErrnoException) => void (error.code === 'EPIPE' || process.exit(1)))
  const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
  const env = await withEnvFile(process.env)
  const world = { env, stdin, stdout, stderr, now: () => new Date(), sleep, limits: standardLimits }
  const code = await main(process.argv.slice(2), { ...world, step: (_, effect) => effect() })
  // a keychain call that nobody answers keeps a process alive: leave, once the output is out
  for (const stream of streams)
    await new Promise<void>((resolve) => (stream.destroyed ? resolve() : void stream.write('', () => resolve())))
  process.exit(code)
}
