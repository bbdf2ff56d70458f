import { CommanderError } from 'commander'
import { type App, openApp } from './app.ts'
import type { Env } from './config.ts'
import { exitCodeOf, MspError } from './errors.ts'
import { toInertJson } from './inert.ts'
import { type Colour, type Io, type Output, openIo } from './io.ts'
import { openProgram } from './program.ts'
import { openPrompt, type Prompt, withYes } from './prompt.ts'
import type { Limits, Step } from './world.ts'

/** Everything that msp takes from outside, so that a test can hand in its own. */
export interface World {
  env: Env
  stdin: NodeJS.ReadableStream & { isTTY?: boolean }
  stdout: Output
  stderr: Output
  now: () => Date
  sleep: (milliseconds: number) => Promise<void>
  step: Step
  limits: Limits
  /** Instead of the terminal. */
  prompt?: Prompt
}

/** Runs one command and gives the exit status. Prints every error; throws nothing. */
export async function main(argv: readonly string[], world: World): Promise<number> {
  const { words, globals } = readGlobals(argv)
  const io = await openIo({ stdout: world.stdout, stderr: world.stderr, colour: colourOf(world, globals), zone: () => app.zone() })
  const canAsk = !globals.json && !globals.noInput && world.stdin.isTTY === true && world.stderr.isTTY === true
  const app: App = openApp({ ...world, io, prompt: withYes(world.prompt ?? openPrompt(canAsk), globals.yes), keyFile: globals.keyFile })
  try {
    refuseUnsafe(world.env)
    if (globals.keyFile === '') throw new MspError('usage', '--key-file needs the name of a file.')
    const program = await openProgram(words, app, world)
    await program.parseAsync(words, { from: 'user' })
    await app.afterwards()
    return app.exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    return printError(await toKnown(error, app), io, globals.json)
  } finally {
    await app.close()
  }
}

interface Globals {
  json: boolean
  yes: boolean
  noInput: boolean
  noColor: boolean
  keyFile: string | undefined
}

const switches: Record<string, 'yes' | 'noInput' | 'noColor'> = { '--yes': 'yes', '--no-input': 'noInput', '--no-color': 'noColor' }

/** Takes out the options that every command has, wherever they stand before `--`, and gives a bare `--json` its empty value: the next word is not its. */
function readGlobals(argv: readonly string[]): { words: string[]; globals: Globals } {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  const globals: Globals = { json: false, yes: false, noInput: false, noColor: false, keyFile: undefined }
  const words: string[] = []
  for (let index = 0; index < end; index++) {
    const word = argv[index] ?? ''
    const name = switches[word]
    if (name) globals[name] = true
    else if (word === '--key-file') globals.keyFile = argv[++index] ?? ''
    else if (word.startsWith('--key-file=')) globals.keyFile = word.slice('--key-file='.length)
    else words.push(word === '--json' ? '--json=' : word)
  }
  globals.json = words.some((word) => word.startsWith('--json='))
  return { words: [...words, ...argv.slice(end)], globals }
}

/** What is typed beats the environment, and there what forces colour beats what forbids it. */
function colourOf({ env }: World, { noColor }: Globals): Colour {
  if (noColor) return 'never'
  if (env.CLICOLOR_FORCE && env.CLICOLOR_FORCE !== '0') return 'always'
  return env.NO_COLOR || env.TERM === 'dumb' || env.CLICOLOR === '0' ? 'never' : 'terminal'
}

function refuseUnsafe(env: Env): void {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    throw new MspError('config', 'NODE_TLS_REJECT_UNAUTHORIZED=0 makes Node accept any certificate; msp does not run like that.', {
      hint: 'Unset it; for an authority of your own use NODE_EXTRA_CA_CERTS.',
    })
  }
  if (env.NODE_DEBUG)
    throw new MspError('config', 'NODE_DEBUG prints access keys; msp does not run with it.', { hint: 'Unset NODE_DEBUG.' })
}

/** Engines' errors as sentences; wrong usage as an MspError; anything else stays what it is, a bug. */
async function toKnown(error: unknown, app: App): Promise<unknown> {
  if (error instanceof MspError) return error
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '').replace(/^./, (first) => first.toUpperCase())
    return new MspError('usage', /[.?)]$/.test(message) ? message : `${message}.`, { hint: 'See: msp help' })
  }
  const { toStorageError } = await import('./db/errors.ts')
  return toStorageError(error, app.databaseName()) ?? error
}

function printError(error: unknown, io: Io, asJson: boolean): number {
  if (asJson) io.err(toInertJson({ error: toDocument(error) }))
  else if (error instanceof MspError) {
    io.err(error.message, 'bad')
    if (error.hint) io.err(error.hint)
  } else io.err(`This is a bug in msp: ${error instanceof Error ? error.stack : String(error)}`, 'bad')
  return exitCodeOf(error)
}

function toDocument(error: unknown): object {
  if (error instanceof MspError) return { code: error.code, message: error.message, hint: error.hint ?? null }
  return { code: 'bug', message: error instanceof Error ? error.message : String(error), hint: null }
}
