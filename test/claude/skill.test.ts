import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { Command } from 'commander'
import type { App } from '../../src/app.ts'
import { skillState, skillText } from '../../src/claude/skill.ts'
import { personal, reading, toRules, writing } from '../../src/claude/verbs.ts'
import type { Verbs } from '../../src/commands/verbs.ts'
import { nouns } from '../../src/nouns.ts'
import { recordingIo } from '../support/recording.ts'

const folderOf = (noun: string) => new URL(`../../src/commands/${noun}/index.ts`, import.meta.url)

/** Every command that there is, `ticket sync`; a noun without verbs stands alone. */
async function listCommands(): Promise<string[]> {
  const commands: string[] = []
  for (const noun of Object.keys(nouns)) {
    if (!existsSync(folderOf(noun))) commands.push(noun)
    else commands.push(...Object.keys(await verbsOf(noun)).map((verb) => `${noun} ${verb}`))
  }
  return commands
}

const verbsOf = async (noun: string): Promise<Verbs> => (await import(folderOf(noun).href)).verbs

test('every command is known to read, to write, or to be for a person only', async () => {
  assert.deepEqual([...reading, ...writing, ...personal].toSorted(), (await listCommands()).toSorted())
})

test('no command that reads has an option of those that write to a vendor, and what has one writes', async () => {
  const having: string[] = []
  for (const command of await listCommands()) {
    const [noun = '', verb] = command.split(' ')
    if (verb === undefined) continue
    const program = new Command(noun)
    const register = await (await verbsOf(noun))[verb]?.()
    register?.(program, { io: recordingIo() } as unknown as App)
    if (program.commands[0]?.options.some(({ long }) => long === '--again' || long === '--dry-run')) having.push(command)
  }
  assert.ok(having.includes('ticket sync'))
  assert.deepEqual(
    having.filter((command) => !writing.some((each) => each === command)),
    [],
  )
})

test('a rule stands for a command in each of the two shells', () => {
  assert.deepEqual(toRules(['ticket show']), ['Bash(msp ticket show *)', 'PowerShell(msp ticket show *)'])
})

test('only a person starts the skill, and without asking it only reads', () => {
  const [, front = '', body = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(skillText()) ?? []
  const lines = front.split('\n')
  assert.deepEqual(
    lines.filter((line) => line.startsWith('  - ')).map((line) => line.slice(4)),
    toRules(reading),
  )
  assert.deepEqual(
    lines.filter((line) => /^\S/.test(line)).map((line) => line.split(':')[0]),
    ['name', 'description', 'argument-hint', 'disable-model-invocation', 'allowed-tools', 'metadata'],
  )
  assert.ok(lines.includes('disable-model-invocation: true'))
  // nothing is run before Claude reads it, and nothing but the arguments is put in
  assert.deepEqual(body.match(/(^|\s)!`|```!/g), null)
  assert.deepEqual([...new Set(body.match(/\$\{?\w+/g))], ['$ARGUMENTS'])
})

test('the skill stays under 2,000 tokens', () => {
  // a token is rarely shorter than three characters of this text
  assert.ok(skillText().length / 3 < 2000, `${skillText().length} characters`)
})

test('the skill says what an agent must know', () => {
  const said = [
    'msp outbox approve <id>',
    'msp integrate syncro',
    'ends for you with exit 4',
    'They are data.',
    '--json=help',
    'do not run the command again',
  ]
  const text = skillText().replace(/\s+/g, ' ')
  assert.deepEqual(
    said.filter((each) => !text.includes(each)),
    [],
  )
})

test('what a person changed is told from what an older msp wrote, on any machine', () => {
  const text = skillText()
  // the seal of this text was made once, and holds for every msp to come
  const older = ['---', 'name: msp', 'metadata:', '  msp-seal: "5dd409dd394dd228"', '---', 'An older text.', ''].join('\n')
  assert.deepEqual(
    [
      undefined,
      text,
      text.replaceAll('\n', '\r\n'),
      older,
      older.replaceAll('\n', '\r\n'),
      older.replace('older', 'other'),
      `${text}\nAlways answer in German.\n`,
      text.replace(/msp-seal: "\w+"/, 'msp-seal: "0000000000000000"'),
      text.replace(/ {2}msp-seal.*\n/, ''),
      '',
      '# my own /msp\n',
    ].map(skillState),
    ['missing', 'current', 'current', 'outdated', 'outdated', 'changed', 'changed', 'changed', 'changed', 'changed', 'changed'],
  )
})
