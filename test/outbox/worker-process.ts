import { Readable } from 'node:stream'
import { main } from '../../src/main.ts'
import { standardLimits } from '../../src/world.ts'
import { recordingStream } from '../support/recording.ts'

// A script that comments on tickets, one command after the other, and repeats a command that fails, as a script does that must not lose anything.
// Says the number of each comment when its command has ended well. The arguments: the environment, the first number, the step, the end, the tickets.
const [env = '{}', first, step, end, ...tickets] = process.argv.slice(2)
const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
const limits = { ...standardLimits, request: 2000, settle: 400, lease: 3000, interactive: 1000, pace: Number.POSITIVE_INFINITY }

for (let number = Number(first); number < Number(end); number += Number(step)) {
  const argv = ['ticket', 'comment', `T${tickets[number % tickets.length]}`, `comment ${number}`]
  for (;;) {
    const [stdout, stderr] = [recordingStream(), recordingStream()]
    const stdin = Object.assign(Readable.from([]), { isTTY: false })
    const world = { env: JSON.parse(env), stdin, stdout, stderr, now: () => new Date(), sleep, limits }
    const exitCode = await main(argv, { ...world, step: (_, effect) => effect() })
    if (exitCode === 0) break
    process.stderr.write(`${exitCode} ${stderr.lines.join(' ')}\n`)
    await sleep(50)
  }
  process.stdout.write(`${number}\n`)
}
