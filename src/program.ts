import { Command } from 'commander'
import type { App } from './app.ts'
import { harmless, reading } from './claude/verbs.ts'
import type { Register, Verbs } from './commands/verbs.ts'
import type { Output } from './io.ts'
import { everywhere, helpText, nouns } from './nouns.ts'
import { isReadOnly, readOnlyRefusal } from './read-only.ts'
import { version } from './version.ts'

/** Where the verbs of a noun, or the one command that it is, are declared. */
const commands: Record<keyof typeof nouns, () => Promise<Register | Verbs>> = {
  init: async () => (await import('./commands/init.ts')).registerInit,
  integrate: async () => (await import('./commands/integrate/index.ts')).verbs,
  client: async () => (await import('./commands/client/index.ts')).verbs,
  session: async () => (await import('./commands/session/index.ts')).verbs,
  work: async () => (await import('./commands/work/index.ts')).verbs,
  ticket: async () => (await import('./commands/ticket/index.ts')).verbs,
  time: async () => (await import('./commands/time/index.ts')).verbs,
  backup: async () => (await import('./commands/backup/index.ts')).verbs,
  outbox: async () => (await import('./commands/outbox/index.ts')).verbs,
  record: async () => (await import('./commands/record/index.ts')).verbs,
  config: async () => (await import('./commands/config/index.ts')).verbs,
  key: async () => (await import('./commands/key/index.ts')).verbs,
  db: async () => (await import('./commands/db/index.ts')).verbs,
  claude: async () => (await import('./commands/claude/index.ts')).verbs,
  sandbox: async () => (await import('./commands/sandbox.ts')).registerSandbox,
  demo: async () => (await import('./commands/demo.ts')).registerDemo,
}

/** True unless the first word is no noun. */
export function isKnown(words: readonly string[]): boolean {
  const first = words.find((word) => !word.startsWith('-'))
  return first === undefined || Object.hasOwn(nouns, first)
}

/** The command line, with the verbs of the noun that stands in `words`: no other noun is loaded. */
export async function openProgram(words: readonly string[], app: App, streams: { stdout: Output; stderr: Output }): Promise<Command> {
  const program = new Command('msp')
    .version(`msp ${version()}`, '-V, --version')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void streams.stdout.write(text),
      // what went wrong is printed once, in main
      writeErr: () => {},
      getOutHelpWidth: () => streams.stdout.columns ?? 100,
    })
  program.helpInformation = () => helpText
  if (isReadOnly(app.env)) program.hook('preAction', (_, command) => refuseChange(command))
  const [wanted, verb] = words.filter((word) => !word.startsWith('-'))
  const known = Object.entries(nouns) as Array<[keyof typeof nouns, string]>
  // the others only serve to suggest what an unknown word may mean
  for (const [name, summary] of known.some(([name]) => name === wanted) ? known.filter(([name]) => name === wanted) : known) {
    const noun = program.command(name).description(summary).addHelpText('afterAll', `\n${everywhere}`)
    if (name === wanted) await declare(noun, app, verb, await commands[name]())
  }
  // a program with an action takes an unknown command for an argument too many
  if (wanted === undefined) program.action(() => program.help())
  return program
}

/** Declares the verb that was typed; all of them for the help and for a word that is none of them. */
async function declare(noun: Command, app: App, verb: string | undefined, loaded: Register | Verbs): Promise<void> {
  if (typeof loaded === 'function') return loaded(noun, app)
  if (verb === undefined) noun.action(() => noun.help())
  const typed = verb !== undefined && Object.hasOwn(loaded, verb) ? loaded[verb] : undefined
  for (const load of typed ? [typed] : Object.values(loaded)) (await load())(noun, app)
}

/** Lets pass what only reads; a verb that nobody has called reading does not. */
function refuseChange(command: Command): void {
  const words = [command.name()]
  for (let above = command.parent; above?.parent; above = above.parent) words.unshift(above.name())
  const name = words.join(' ')
  const options = command.opts()
  // what has verbs only prints its help
  if (command.commands.length > 0 || reading.some((each) => each === name)) return
  if (options.dryRun === true || harmless[name]?.(options)) return
  throw readOnlyRefusal(`"msp ${name}" was not run`)
}
