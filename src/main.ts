import { type Command, CommanderError } from 'commander'
import { type Agent, detectAgent } from './agent.ts'
import { type App, type AppWorld, openApp } from './app.ts'
import { exitCodeOf, MspError } from './errors.ts'
import { redact } from './http/redact.ts'
import { toInertJson } from './inert.ts'
import { type Colour, type Output, openIo } from './io.ts'
import { inFrames } from './output.ts'
import { isKnown, openProgram } from './program.ts'
import { openPrompt, type Prompt, withKeptSecrets, withYes } from './prompt.ts'
import { markUntrusted } from './untrusted.ts'

/** Everything that msp takes from outside, so that a test can hand in its own. */
export interface World extends AppWorld {
  stdout: Output
  stderr: Output
  /** Instead of the terminal, where there is one. */
  prompt?: Prompt
  /** The options that Node itself was started with. */
  nodeOptions?: readonly string[]
  /** Why its environment could not be read. */
  failure?: unknown
}

/** Runs one command and gives the exit status. Prints every error; throws nothing. */
export async function main(argv: readonly string[], world: World): Promise<number> {
  const { words, globals } = readGlobals(argv)
  const agent = detectAgent(world.env, () => world.stdin.isTTY === true)
  const asJson = globals.json || (agent !== undefined && !globals.noJson)
  const { end, ...streams } = streamsFor(world, agent, asJson)
  const io = await openIo({
    ...streams,
    colour: colourOf(world, globals, agent),
    zone: () => app.zone(),
    marksUntrusted: agent !== undefined,
  })
  const prompt = withKeptSecrets(withYes(promptFor(world, globals, agent), globals.yes))
  let asked: string[] = []
  const app: App = openApp(world, { io, prompt, keyFile: globals.keyFile, agent, asJson })
  try {
    if (globals.json && globals.noJson) throw new MspError('usage', 'Use --json or --no-json, not both.')
    if (world.failure !== undefined) throw world.failure
    refuseUnsafe(world)
    // before half of an answer is printed
    if (world.env.MSP_TIME_ZONE) app.zone()
    if (globals.keyFile === '') throw new MspError('usage', '--key-file needs the name of a file.')
    // `msp help ticket sync` is `msp ticket sync --help`
    const meant = words[0] === 'help' ? [...words.slice(1), '--help'] : words
    // there is no help on a word that is no command: it is said, and what it may mean
    const typed = isKnown(meant) ? meant : meant.filter((word) => word !== '--help' && word !== '-h')
    const program = await openProgram(typed, app, world)
    asked = commandsIn(program, typed)
    await program.parseAsync(typed, { from: 'user' })
    await deliverQueued(app)
    return app.exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    return printError(await toKnown(error, app, asked), app)
  } finally {
    end()
    await app.close()
  }
}

/** An agent reads what a pipe would get, whatever its streams are; text, in which nothing says whose words it holds, in a frame. */
function streamsFor({ stdout, stderr }: World, agent: Agent | undefined, asJson: boolean): { stdout: Output; stderr: Output; end(): void } {
  if (!agent) return { stdout, stderr, end: () => {} }
  if (!asJson) return inFrames({ stdout, stderr })
  return { stdout: { write: (text) => stdout.write(text) }, stderr: { write: (text) => stderr.write(text) }, end: () => {} }
}

/** Nobody is asked who may not be there: without a terminal, with `--json` or `--no-input`, and when an agent runs msp. */
function promptFor(world: World, { json, noInput }: Globals, agent: Agent | undefined): Prompt {
  // stdin last: opening it costs time
  const canAsk = !agent && !json && !noInput && world.stderr.isTTY === true && world.stdin.isTTY === true
  return canAsk && world.prompt ? world.prompt : openPrompt(canAsk)
}

interface Globals {
  json: boolean
  noJson: boolean
  yes: boolean
  noInput: boolean
  noColor: boolean
  keyFile: string | undefined
}

const switches: ReadonlyMap<string, 'yes' | 'noJson' | 'noInput' | 'noColor'> = new Map([
  ['--yes', 'yes'],
  ['--no-json', 'noJson'],
  ['--no-input', 'noInput'],
  ['--no-color', 'noColor'],
] as const)

/** Takes out the options that every command has, wherever they stand before `--`, and gives a bare `--json` its empty value: the next word is not its. */
function readGlobals(argv: readonly string[]): { words: string[]; globals: Globals } {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  const globals: Globals = { json: false, noJson: false, yes: false, noInput: false, noColor: false, keyFile: undefined }
  const words: string[] = []
  for (let index = 0; index < end; index++) {
    const word = argv[index] ?? ''
    const name = switches.get(word)
    if (name) globals[name] = true
    else if (word === '--key-file') globals.keyFile = argv[++index] ?? ''
    else if (word.startsWith('--key-file=')) globals.keyFile = word.slice('--key-file='.length)
    else words.push(word === '--json' ? '--json=' : word)
  }
  globals.json = words.some((word) => word.startsWith('--json='))
  return { words: [...words, ...argv.slice(end)], globals }
}

/** What is typed beats the environment, and there what forces colour beats what forbids it. */
function colourOf({ env }: World, { noColor }: Globals, agent: Agent | undefined): Colour {
  if (noColor || agent) return 'never'
  if (env.CLICOLOR_FORCE && env.CLICOLOR_FORCE !== '0') return 'always'
  return env.NO_COLOR || env.TERM === 'dumb' || env.CLICOLOR === '0' ? 'never' : 'terminal'
}

/** Options of Node that open nothing: neither memory nor what is encrypted, in no file and to no other program. */
const harmlessOptions =
  /^--(no-)?(max-(old-space|semi-space|http-header)-size|warnings|disable-warning|(pending-)?deprecation|trace-(warnings|deprecation|uncaught)|enable-source-maps|stack-trace-limit|preserve-symlinks(-main)?|experimental-vm-modules|use-(system|openssl|bundled)-ca|use-env-proxy|dns-result-order|network-family-autoselection(-attempt-timeout)?|openssl-legacy-provider|tls-min-v1\.[23])(=[\w.:-]*)?$/

function refuseUnsafe({ env, nodeOptions = [] }: World): void {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    throw new MspError('config', 'NODE_TLS_REJECT_UNAUTHORIZED=0 makes Node accept any certificate; msp does not run like that.', {
      hint: 'Unset it; for an authority of your own use NODE_EXTRA_CA_CERTS.',
    })
  }
  // Node separates by spaces alone; what is quoted, or takes its value apart, is none of these
  const options = [...nodeOptions, ...(env.NODE_OPTIONS ?? '').split(' ')].filter((option) => option !== '')
  const odd = options.find((option) => !harmlessOptions.test(option.replaceAll('_', '-')))
  if (odd !== undefined)
    throw new MspError('config', 'Node was given an option that msp does not know to be harmless; some open its memory, where keys are.', {
      hint: `Take ${odd.replace(/=.*/s, '')} out of NODE_OPTIONS, or of the line that starts msp.`,
    })
  if (env.NODE_DEBUG)
    throw new MspError('config', 'NODE_DEBUG prints access keys; msp does not run with it.', { hint: 'Unset NODE_DEBUG.' })
}

/** What was queued before goes out after a command that worked; that it cannot does not make the command fail. */
async function deliverQueued(app: App): Promise<void> {
  try {
    await app.afterwards()
  } catch (error) {
    const known = await toKnown(error, app)
    if (!(known instanceof MspError)) throw known
    app.io.err(`What is queued stays queued: ${known.message}`, 'warn')
  }
}

/** Engines' errors as sentences; wrong usage as an MspError; anything else stays what it is, a bug. */
async function toKnown(error: unknown, app: App, asked: readonly string[] = []): Promise<unknown> {
  if (error instanceof MspError) return error
  if (error instanceof CommanderError) return toUsageError(error.message, asked)
  const { toStorageError } = await import('./db/errors.ts')
  return toStorageError(error, app.databaseName()) ?? error
}

/** The noun and the verb that were typed, as far as there are such. */
function commandsIn(program: Command, words: readonly string[]): string[] {
  const names: string[] = []
  let at: Command | undefined = program
  for (const word of words.filter((each) => !each.startsWith('-'))) {
    at = at.commands.find((command) => command.name() === word)
    if (!at) break
    names.push(word)
  }
  return names
}

/** Wrong usage in commander's words, without what was typed as a value: it may be a secret. */
function toUsageError(words: string, asked: readonly string[]): MspError {
  const [, negative] = /unknown option '(-\.?\d[^']*)'/.exec(words) ?? []
  if (negative !== undefined)
    return new MspError('usage', `"${negative}" is not above zero.`, { hint: 'Write a duration as 2.5h, 150m or 1h30.' })
  const message = words
    .replace(/^error: /, '')
    .replace(/ but got \d+:.*$/s, '')
    .replace(/(unknown option '[^'=]*)=[^']*'/, "$1'")
    .replace(/^./, (first) => first.toUpperCase())
  const help = `See: ${['msp help', ...asked].join(' ')}`
  const hint = words.includes('unknown option') ? `${help}. Text that begins with - goes behind --.` : help
  return new MspError('usage', /[.?)]$/.test(message) ? message : `${message}.`, { hint })
}

function printError(error: unknown, { io, asJson, agent }: Pick<App, 'io' | 'asJson' | 'agent'>): number {
  const document = toDocument(error)
  if (asJson) io.err(toInertJson({ error: agent ? markUntrusted(document) : document }))
  else if (error instanceof MspError) {
    io.err(error.message, 'bad')
    if (error.hint) io.err(error.hint)
  } else io.err(`This is a bug in msp: ${redact(error instanceof Error ? (error.stack ?? error.message) : String(error), [])}`, 'bad')
  return exitCodeOf(error)
}

function toDocument(error: unknown): object {
  if (error instanceof MspError) return { code: error.code, message: error.message, hint: error.hint ?? null }
  return { code: 'bug', message: redact(error instanceof Error ? error.message : String(error), []), hint: null }
}
