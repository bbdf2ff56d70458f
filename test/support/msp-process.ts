import { writeSync } from 'node:fs'
import { Readable } from 'node:stream'
import { main } from '../../src/main.ts'
import { standardLimits } from '../../src/world.ts'
import { whenAllAreReady } from './processes.ts'
import { recordingStream } from './recording.ts'

// Runs msp in a process of its own, with the environment that the first argument is and the words that follow, and prints what it left.
// Each effect shows on stderr as it begins and ends, so that a test can stop the process there.
const [env = '{}', ...argv] = process.argv.slice(2)
const [stdout, stderr] = [recordingStream(), recordingStream()]
await whenAllAreReady()
const exitCode = await main(argv, {
  env: JSON.parse(env),
  stdin: Object.assign(Readable.from([]), { isTTY: false }),
  stdout,
  stderr,
  now: () => new Date(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  step: async (name, effect) => {
    writeSync(2, `> ${name}\n`)
    const result = await effect()
    writeSync(2, `< ${name}\n`)
    return result
  },
  limits: { ...standardLimits, settle: 30, lease: 12_000, interactive: 2000, offer: 2000, keychain: 2000, pace: Number.POSITIVE_INFINITY },
})
console.log(JSON.stringify({ exitCode, stdout: stdout.lines, stderr: stderr.lines }))
