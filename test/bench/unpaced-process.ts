// msp as the terminal starts it, but for the pacing: a call goes as soon as the one before it is answered. In the end the most memory that it
// had goes to file descriptor 3, in kilobytes.
import { writeSync } from 'node:fs'
import { main } from '../../src/main.ts'
import { openOutput } from '../../src/output.ts'
import { standardLimits } from '../../src/world.ts'

process.umask(0o077)
const ignore = () => {}
process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: openOutput(() => process.stdout, 1, ignore),
  stderr: openOutput(() => process.stderr, 2, ignore),
  now: () => new Date(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  step: (_, effect) => effect(),
  limits: { ...standardLimits, pace: Number.POSITIVE_INFINITY },
})
writeSync(3, String(process.resourceUsage().maxRSS))
