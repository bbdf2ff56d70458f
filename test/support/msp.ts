import assert from 'node:assert/strict'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import type { Env } from '../../src/config.ts'
import { MspError } from '../../src/errors.ts'
import { main } from '../../src/main.ts'
import type { Prompt } from '../../src/prompt.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts'
import { type Limits, type Step, standardLimits } from '../../src/world.ts'
import { fillFromTemplate, fillMariaDb, makeMariaDb, mariaDbUrl, migrateAt, temporaryFolder } from './engines.ts'
import { leakIn } from './leaks.ts'
import { terminalStream } from './recording.ts'
import { template } from './template.ts'

/** What a person answers: text, yes or no; an error stands for Ctrl-C. */
export type Answer = string | boolean | MspError
export const ctrlC = new MspError('cancelled', 'Cancelled.')

export interface Result {
  exitCode: number
  /** Line by line. */
  stdout: string[]
  stderr: string[]
}

/**
 * What a command left; of an agent's without the frame around text, and `json` without `untrusted`: tests of their own are about these.
 * `json` and `whole` are not enumerable, so that a whole result compares with `{ exitCode, stdout, stderr }`.
 */
export interface Answered extends Result {
  /** The document on stdout; with nothing there, the error on stderr. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever document it asked for
  json(): any
  /** Every line of stdout and of stderr. */
  whole(): { stdout: string[]; stderr: string[] }
}

export interface StartOptions {
  /** stdin, stdout and stderr are a terminal, at which `tell` answers. */
  terminal?: boolean
  /** Starts the pretend vendors with the demo's data, or with these options, and connects both. */
  sandbox?: boolean | SandboxOptions
  /** `mariadb`: a database of its own there, migrated unless `migrated` is false. */
  engine?: 'sqlite' | 'mariadb'
  migrated?: boolean
  /** `msp init` was run, which gives every test the same installation. With the sandbox it was, unless this is false. */
  initialised?: boolean
  now?: () => Date
  sleep?: (milliseconds: number) => Promise<void>
  step?: Step
  limits?: Partial<Limits>
  /** Stands for the browser that msp opens, on a machine that has one. */
  browse?: (url: string) => Promise<boolean>
  /** Added to the environment; undefined takes a variable out. */
  env?: Env
}

interface Running {
  /** Runs one command: `msp('ticket', 'link', 'T1042')`. */
  msp(...argv: string[]): Promise<Answered>
  readonly home: string
  /** The environment of the commands that follow; a test may change it. */
  readonly env: Env
  /** Answers to the questions to come, in order. One that nobody asks for fails the test, as a question without an answer does. */
  tell(answers: readonly Answer[]): void
  /** The questions that were asked. */
  readonly asked: string[]
  /** What could be chosen, for each choice that was asked for. */
  readonly offered: string[][]
}

/** `msp('…')`, and `msp.withInput(text, '…')` with that text on stdin. */
export type Msp = Running['msp'] & { withInput(text: string | Uint8Array, ...argv: string[]): Promise<Answered> }

type Started<Options extends StartOptions> = Omit<Running, 'msp'> & { msp: Msp } & (Options extends { sandbox: true | SandboxOptions }
    ? { sandbox: Sandbox }
    : { sandbox: undefined })

/** Undefined, and the test is skipped, where MariaDB is asked for and there is none. */
type MaybeStarted<Options extends StartOptions> = Options extends { engine: 'mariadb' } ? Started<Options> | undefined : Started<Options>

const limits: Limits = {
  ...standardLimits,
  request: 1000,
  list: 1000,
  settle: 100,
  lease: 2000,
  refresh: 4000,
  signIn: 3000,
  interactive: 2000,
  offer: 1000,
  attach: 1500,
  keychain: 2000,
  undo: 0,
  pace: Number.POSITIVE_INFINITY,
  statement: 10_000,
}

/** msp as a person has it on a machine of its own: `main` in this process, with a home, a key file and a database of its own. */
export async function startMsp<const Options extends StartOptions>(t: TestContext, given?: Options): Promise<MaybeStarted<Options>> {
  const options: StartOptions = given ?? {}
  const home = temporaryFolder(t)
  const databaseUrl = options.engine === 'mariadb' ? await mariaDbUrl(t) : undefined
  if (options.engine === 'mariadb' && databaseUrl === undefined) return undefined as MaybeStarted<Options>
  const env: Env = {
    MSP_HOME: home,
    MSP_KEY_FILE: join(home, 'key'),
    MSP_TECHNICIAN: 'mike@example.com',
    MSP_TIME_ZONE: 'America/Phoenix',
    MSP_MACHINE: 'laptop',
    MSP_DATABASE_URL: databaseUrl,
    NO_COLOR: '1',
    // the work of many tests is about backups by chance
    MSP_BACKUPS_KEYWORDS: 'none',
    ...(options.browse && { DISPLAY: ':0' }),
    ...options.env,
  }
  const person = scriptedPrompt(t)
  const msp = createMsp(options, env, person.prompt)
  if (options.initialised ?? options.sandbox) await fillHome(home, databaseUrl)
  else if (databaseUrl !== undefined && options.migrated !== false) await fillFromTemplate(databaseUrl)
  const sandbox = options.sandbox ? await connectSandbox(t, msp, options) : undefined
  return { msp, home, env, sandbox, tell: person.tell, asked: person.asked, offered: person.offered } as unknown as MaybeStarted<Options>
}

/** Puts there what `msp init` leaves. */
async function fillHome(home: string, databaseUrl: string | undefined): Promise<void> {
  if (databaseUrl === undefined) return cpSync(await template('home', (path) => initialise(path)), home, { recursive: true })
  const made = await template('mariadb', async (path) => {
    mkdirSync(path)
    await makeMariaDb(join(path, 'database.sql'), databaseUrl, async (url) => {
      await migrateAt(url)
      await initialise(join(path, 'home'), { MSP_DATABASE_URL: url })
    })
  })
  cpSync(join(made, 'home'), home, { recursive: true })
  await fillMariaDb(databaseUrl, join(made, 'database.sql'))
}

/** Runs `msp init` in a new home, with its key in a file there unless `env` says otherwise. */
export async function initialise(home: string, env: Env = {}, ...argv: string[]): Promise<void> {
  mkdirSync(home, { recursive: true })
  const own = { MSP_HOME: home, MSP_KEY_FILE: join(home, 'key'), MSP_TECHNICIAN: 'mike@example.com', MSP_MACHINE: 'laptop' }
  const { prompt } = scriptedPrompt({ after: () => {} })
  mustWork(await createMsp({}, { ...own, ...env }, prompt)('init', ...argv))
}

function createMsp(options: StartOptions, env: Env, prompt: Prompt): Msp {
  const { terminal = false, browse, now = () => new Date(), sleep = realSleep, step = (_, effect) => effect() } = options
  const run = async (input: string | Uint8Array | undefined, argv: string[]): Promise<Answered> => {
    const [stdout, stderr] = [terminalStream(terminal), terminalStream(terminal)]
    const stdin = Object.assign(Readable.from(input === undefined ? [] : [input], { objectMode: false }), {
      isTTY: terminal && input === undefined,
    })
    const world = { env, stdin, stdout, stderr, now, sleep, step, browse, limits: { ...limits, ...options.limits }, prompt }
    const exitCode = await main(argv, world)
    const result = { exitCode, stdout: unframed(stdout.lines), stderr: unframed(stderr.lines) }
    const leak = leakIn([...stdout.lines, ...stderr.lines].join('\n'))
    assert.equal(leak, undefined, `msp ${argv.join(' ')} printed a secret`)
    const json = () => parseAnswer(result.stdout.length > 0 ? result.stdout : result.stderr)
    const whole = () => ({ stdout: stdout.lines, stderr: stderr.lines })
    return Object.defineProperties(result as Answered, { json: { value: json }, whole: { value: whole } })
  }
  return Object.assign((...argv: string[]) => run(undefined, argv), {
    withInput: (text: string | Uint8Array, ...argv: string[]) => run(text, argv),
  })
}

/** The document in these lines, without the marks for an agent. */
// biome-ignore lint/suspicious/noExplicitAny: as `json` above
export const parseAnswer = (lines: readonly string[]): any =>
  JSON.parse(lines.join('\n'), (name, value) => (name === 'untrusted' ? undefined : value))

/** The lines between the two that frame what an agent gets as text. */
function unframed(lines: string[]): string[] {
  const boundary = /^--- [0-9a-f]{16}(?=: )/.exec(lines[0] ?? '')?.[0]
  return boundary !== undefined && lines.at(-1) === boundary ? lines.slice(1, -1) : lines
}

const realSleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/** Starts the pretend vendors and connects both as a person does. Fails the test on a request that they do not know and on a fault that never fired. */
async function connectSandbox(t: TestContext, msp: Msp, { sandbox: given, now }: StartOptions): Promise<Sandbox> {
  const sandbox = await startSandbox({ seed: 'demo', ...(now && { now }), ...(typeof given === 'object' && given) })
  t.after(() => sandbox.close())
  checkAtTheEnd(t, () => {
    assert.deepEqual(sandbox.unknownRequests(), [], 'requests that the sandbox does not know')
    assert.deepEqual(sandbox.unfiredFaults(), [], 'faults that never fired')
  })
  const { syncro, mspBackups } = sandbox
  mustWork(await msp.withInput(syncro.token, 'integrate', 'syncro', '--api-url', syncro.apiUrl, '--token-stdin'))
  const backups = ['--username', mspBackups.username, '--password-stdin', '--api-url', mspBackups.apiUrl]
  mustWork(await msp.withInput(mspBackups.password, 'integrate', 'msp-backups', ...backups))
  return sandbox
}

/** After every other clean-up: a hook that throws keeps those behind it from running. */
const checkAtTheEnd = (t: Pick<TestContext, 'after'>, check: () => void): void => t.after(() => t.after(check))

function mustWork({ exitCode, stderr }: Result): void {
  assert.equal(exitCode, 0, stderr.join('\n'))
}

/** Nobody pastes anything. */
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new MspError('cancelled', 'Cancelled.')), { once: true }))

/** A person who answers as told. */
function scriptedPrompt(t: Pick<TestContext, 'after'>) {
  const answers: Answer[] = []
  const asked: string[] = []
  const offered: string[][] = []
  const unexpected: string[] = []
  let told = Promise.withResolvers<void>()
  checkAtTheEnd(t, () => {
    assert.deepEqual(unexpected, [], 'questions that the test has no answer for')
    assert.deepEqual(answers, [], 'answers that nobody asked for')
  })
  const next = (question: string): string | boolean => {
    asked.push(question)
    const answer = answers.shift()
    if (answer instanceof MspError) throw answer
    if (answer !== undefined) return answer
    unexpected.push(question)
    throw new Error(`The test has no answer to: ${question}`)
  }
  const text = async (question: string) => String(next(question))
  const textUntil = async (question: string, signal: AbortSignal) => {
    while (answers.length === 0) await Promise.race([told.promise, untilAborted(signal)])
    return text(question)
  }
  const tell = (more: readonly Answer[]): void => {
    answers.push(...more)
    told.resolve()
    told = Promise.withResolvers()
  }
  const prompt: Prompt = {
    canAsk: true,
    canConfirm: true,
    confirm: async (question) => next(question) === true,
    offer: async (question) => next(question) === true,
    text: async (question, _flag, fallback) => (await text(question)) || fallback || '',
    secret: text,
    choose: async (question, choices) => {
      const answer = await text(question)
      // nobody can choose what is not offered
      offered.push(choices.map(({ name }) => name))
      if (!choices.some(({ value }) => String(value) === answer)) unexpected.push(`${question} ${answer}`)
      return answer as never
    },
    textUntil,
  }
  return { prompt, asked, offered, tell }
}
