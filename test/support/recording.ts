import { Command } from 'commander'
import type { App } from '../../src/app.ts'
import { createIo, type Io, type Output } from '../../src/io.ts'

/** A stream that keeps what is written to it. */
export interface RecordingStream extends Output {
  /** What was written, line by line. */
  readonly lines: string[]
}

export function recordingStream(options: { isTTY?: boolean; columns?: number } = {}): RecordingStream {
  let text = ''
  return {
    ...options,
    write: (more, written?: () => void) => {
      text += more
      written?.()
      return true
    },
    get lines() {
      return text === '' ? [] : text.replace(/\n$/, '').split('\n')
    },
  } as RecordingStream
}

/** The real io on streams that keep what is written: in a pipe, unless `terminal`. */
export function recordingIo({ terminal = false } = {}): Io & { readonly stdout: string[]; readonly stderr: string[] } {
  const [stdout, stderr] = [terminalStream(terminal), terminalStream(terminal)]
  const io = createIo({ stdout, stderr, zone: () => 'America/Phoenix' })
  return Object.defineProperties(io as Io & { stdout: string[]; stderr: string[] }, {
    stdout: { get: () => stdout.lines },
    stderr: { get: () => stderr.lines },
  })
}

export const terminalStream = (isTTY: boolean): RecordingStream => recordingStream(isTTY ? { isTTY, columns: 100 } : {})

type Register<Given extends unknown[]> = (noun: Command, app: App, run: (app: unknown, ...given: Given) => Promise<void>) => void

/** What a command hands to its `run…` for these words: its arguments, then its options. A refusal is thrown, as commander's error. */
export async function parsed<Given extends unknown[]>(register: Register<Given>, argv: string | readonly string[]): Promise<Given> {
  let handed: Given | undefined
  const program = new Command('msp').exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} })
  const app = { io: recordingIo() } as unknown as App
  register(program.command('noun'), app, async (_, ...given) => {
    handed = given
  })
  const words = typeof argv === 'string' ? argv.split(' ').filter((word) => word !== '') : argv
  // as main does, which takes no word after --json for its fields
  await program.parseAsync(['noun', ...words.map((word) => (word === '--json' ? '--json=' : word))], { from: 'user' })
  if (handed === undefined) throw new Error(`"${words.join(' ')}" ran nothing.`)
  return handed
}
