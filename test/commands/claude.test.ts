import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { skillText } from '../../src/claude/skill.ts'
import { personal, reading, toRules, writing } from '../../src/claude/verbs.ts'
import { registerClaudeRemove } from '../../src/commands/claude/remove.ts'
import { registerClaudeSetup } from '../../src/commands/claude/setup.ts'
import { registerClaudeStatus } from '../../src/commands/claude/status.ts'
import { temporaryFolder } from '../support/engines.ts'
import { parseAnswer, startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const isWindows = process.platform === 'win32'

for (const [register, argv, expected] of [
  [registerClaudeSetup, 'setup', [{}]],
  [registerClaudeSetup, 'setup --user --dry-run', [{ user: true, dryRun: true }]],
  [registerClaudeSetup, 'setup --project --json=path', [{ project: true, json: ['path'] }]],
  [registerClaudeRemove, 'remove --project --dry-run', [{ project: true, dryRun: true }]],
  [registerClaudeStatus, 'status --json=state', [{ json: ['state'] }]],
] as const) {
  test(`msp claude ${argv}`, async () => assert.deepEqual(await parsed(register as typeof registerClaudeSetup, argv), expected))
}

for (const register of [registerClaudeSetup, registerClaudeRemove]) {
  test(`${register.name}: --user and --project are not both`, async () => {
    const verb = register === registerClaudeSetup ? 'setup' : 'remove'
    await assert.rejects(parsed(register, `${verb} --user --project`), { code: 'commander.conflictingOption' })
  })
}

/** A person with a home, an msp on the PATH, and a project in whose folder `src` the commands run. */
async function start(t: TestContext) {
  const folder = realpathSync(temporaryFolder(t))
  const [home, bin, project] = ['home', 'bin', 'project'].map((name) => join(folder, name)) as [string, string, string]
  for (const path of [home, bin, join(project, '.git'), join(project, 'src')]) mkdirSync(path, { recursive: true })
  writeFileSync(join(bin, 'msp'), '')
  const before = process.cwd()
  process.chdir(join(project, 'src'))
  t.after(() => process.chdir(before))
  const started = await startMsp(t, {
    env: { HOME: home, CLAUDE_CONFIG_DIR: join(home, '.claude'), PATH: `${join(home, 'no')}${delimiter}${bin}` },
  })
  const filesAt = (claude: string) => ({ skill: join(claude, 'skills', 'msp', 'SKILL.md'), settings: join(claude, 'settings.json') })
  return {
    ...started,
    user: filesAt(join(home, '.claude')),
    project: filesAt(join(project, '.claude')),
    userHome: home,
    repository: project,
  }
}

const rules = { allow: toRules(reading), ask: toRules(writing), deny: toRules(personal) }
const ruleLines = Object.entries(rules).flatMap(([kind, each]) => each.map((rule) => `  ${kind} ${rule}`))
const first = 'In Claude Code: /msp ticket sync · /msp integrate syncro · restart it first: its folder of skills is new'
const text = (path: string) => readFileSync(path, 'utf8')
const write = (path: string, content: string) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

for (const [place, flags] of [
  ['user', []],
  ['user', ['--user']],
  ['project', ['--project']],
] as const) {
  test(`setup ${flags.join(' ')} writes the skill and the rules for the ${place}, twice nothing more, and remove takes them out`, async (t) => {
    const started = await start(t)
    const { msp } = started
    const { skill, settings } = started[place]
    const written = { exitCode: 0, stdout: [`written\t${skill}`, `written\t${settings}`], stderr: [first] }
    assert.deepEqual(await msp('claude', 'setup', ...flags), written)
    assert.deepEqual([text(skill), JSON.parse(text(settings))], [skillText(), { permissions: rules }])
    const states = async () => (await msp('claude', 'status')).stdout.map((line) => line.split('\t').slice(0, 3).join(' '))
    const expected = (state: string) =>
      ['user', 'project'].flatMap((each) => ['skill', 'permissions'].map((what) => `${each} ${what} ${each === place ? state : 'missing'}`))
    assert.deepEqual(await states(), expected('current'))
    assert.deepEqual(await msp('claude', 'setup', ...flags), {
      exitCode: 0,
      stdout: [`unchanged\t${skill}`, `unchanged\t${settings}`],
      stderr: ['All is set up already.'],
    })
    assert.deepEqual(await msp('claude', 'remove', ...flags), {
      exitCode: 0,
      stdout: [`deleted\t${skill}`, `written\t${settings}`],
      stderr: [],
    })
    assert.deepEqual([existsSync(dirname(skill)), JSON.parse(text(settings)), await states()], [false, {}, expected('missing')])
    assert.deepEqual((await msp('claude', 'remove', ...flags)).stderr, ['There was nothing to take out.'])
  })
}

test('without CLAUDE_CONFIG_DIR the user has it in the home folder', { skip: isWindows }, async (t) => {
  const { msp, env, userHome, user } = await start(t)
  env.CLAUDE_CONFIG_DIR = undefined
  assert.equal((await msp('claude', 'setup')).stdout[0], `written\t${user.skill}`)
  process.chdir(userHome)
  assert.deepEqual((await msp('claude', 'status', '--json=place,state')).json(), [
    { place: 'user', state: 'current' },
    { place: 'user', state: 'current' },
  ])
})

test('--dry-run prints exactly what would be written, and writes nothing', async (t) => {
  const { msp, userHome, user } = await start(t)
  const skill = skillText()
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
  assert.deepEqual(await msp('claude', 'setup', '--dry-run'), {
    exitCode: 0,
    stdout: [`written\t${user.skill}`, ...skill, `written\t${user.settings}`, ...ruleLines],
    stderr: ['Nothing was written.'],
  })
  const lines = ruleLines.map((line) => line.trim())
  assert.deepEqual((await msp('claude', 'setup', '--dry-run', '--json')).json(), [
    { place: 'user', what: 'skill', path: user.skill, state: 'missing', change: 'written', lines: skillText().trimEnd().split('\n') },
    { place: 'user', what: 'permissions', path: user.settings, state: 'missing', change: 'written', lines },
  ])
  assert.deepEqual(readdirSync(userHome), [])
  await msp('claude', 'setup')
  const removal = await msp('claude', 'remove', '--dry-run')
  assert.deepEqual(removal, {
    exitCode: 0,
    stdout: [`deleted\t${user.skill}`, `written\t${user.settings}`, ...ruleLines],
    stderr: ['Nothing was written.'],
  })
  assert.equal(text(user.skill), skillText())
})

test('a skill that a person changed is neither overwritten nor deleted, and both say so', async (t) => {
  const { msp, user } = await start(t)
  const own = `${skillText()}\nAlways answer in German.\n`
  write(user.skill, own)
  const changed = `${user.skill} was changed by you, or is not from msp: it stays`
  assert.deepEqual(await msp('claude', 'setup'), {
    exitCode: 0,
    stdout: [`kept\t${user.skill}`, `written\t${user.settings}`],
    stderr: [
      `${changed} as it is.`,
      `To get the one of msp, move ${dirname(user.skill)} away and run this again.`,
      'In Claude Code: /msp ticket sync · /msp integrate syncro',
    ],
  })
  assert.equal((await msp('claude', 'status')).stdout[0], `user\tskill\tchanged by you\t${user.skill}`)
  assert.deepEqual(await msp('claude', 'remove'), {
    exitCode: 0,
    stdout: [`kept\t${user.skill}`, `written\t${user.settings}`],
    stderr: [`${changed}. Delete it yourself.`],
  })
  assert.equal(text(user.skill), own)
})

test('what an older msp wrote is brought up to date', async (t) => {
  const { msp, user } = await start(t)
  // as test/claude/skill.test.ts has it
  write(user.skill, ['---', 'name: msp', 'metadata:', '  msp-seal: "5dd409dd394dd228"', '---', 'An older text.', ''].join('\n'))
  write(user.settings, JSON.stringify({ permissions: { allow: rules.allow.slice(3) } }))
  const status = await msp('claude', 'status')
  assert.deepEqual(
    [status.stdout.slice(0, 2), status.stderr],
    [
      [`user\tskill\toutdated\t${user.skill}`, `user\tpermissions\toutdated\t${user.settings}`],
      ['To bring it up to date: msp claude setup, with --project for the project'],
    ],
  )
  assert.equal((await msp('claude', 'setup')).exitCode, 0)
  const { allow, ...others } = JSON.parse(text(user.settings)).permissions
  assert.deepEqual(
    [text(user.skill), allow.toSorted(), others],
    [skillText(), rules.allow.toSorted(), { ask: rules.ask, deny: rules.deny }],
  )
})

test('settings of other people stay as they are, byte for byte, after setup and remove', async (t) => {
  const { msp, user } = await start(t)
  const own = '{\n\t"env": { "TOKEN": "secret-1" },\n\t"permissions": {\n\t\t"allow": [\n\t\t\t"Bash(ls *)"\n\t\t]\n\t}\n}'.replace(
    '{ "TOKEN": "secret-1" }',
    '{\n\t\t"TOKEN": "secret-1"\n\t}',
  )
  write(user.settings, own)
  const dry = await msp('claude', 'setup', '--dry-run')
  assert.equal(dry.stdout.join('').includes('secret-1'), false)
  await msp('claude', 'setup')
  assert.deepEqual(JSON.parse(text(user.settings)), {
    env: { TOKEN: 'secret-1' },
    permissions: { ...rules, allow: ['Bash(ls *)', ...rules.allow] },
  })
  await msp('claude', 'remove')
  assert.equal(text(user.settings), own)
})

for (const broken of ['{ "permissions": ', '// mine\n{}', '{"permissions": {"deny": {}}}', '{"a": "\xff"}']) {
  test(`with settings that read ${JSON.stringify(broken)} nothing is written`, async (t) => {
    const { msp, user } = await start(t)
    write(user.settings, '')
    writeFileSync(user.settings, broken, 'latin1')
    const before = readFileSync(user.settings)
    for (const verb of ['setup', 'remove', 'status']) {
      const { exitCode, stdout, stderr } = await msp('claude', verb)
      assert.deepEqual([exitCode, stdout, stderr[0]?.includes(user.settings), stderr.length], [1, [], true, 2])
    }
    assert.deepEqual([existsSync(dirname(dirname(user.skill))), readFileSync(user.settings)], [false, before])
  })
}

test('new files can be read by others, whatever msp keeps of its own to itself; a file that is there keeps its mode', {
  skip: isWindows,
}, async (t) => {
  const { msp, user, project, repository } = await start(t)
  write(user.settings, '{}\n')
  chmodSync(user.settings, 0o640)
  const umask = process.umask(0o077)
  try {
    await msp('claude', 'setup')
    await msp('claude', 'setup', '--project')
  } finally {
    process.umask(umask)
  }
  const made = [join(repository, '.claude'), dirname(project.skill), project.skill, project.settings, user.skill, user.settings]
  const modes = made.map((path) => (statSync(path).mode & 0o777).toString(8))
  assert.deepEqual(modes, ['755', '755', '644', '644', '644', '640'])
  assert.deepEqual(readdirSync(join(repository, '.claude')).toSorted(), ['settings.json', 'skills'])
})

test('a link to settings that lie elsewhere stays a link', { skip: isWindows }, async (t) => {
  const { msp, user, userHome } = await start(t)
  const real = join(userHome, 'dotfiles', 'claude.json')
  write(real, '{\n  "model": "opus"\n}\n')
  chmodSync(real, 0o600)
  mkdirSync(dirname(user.settings))
  symlinkSync(join('..', 'dotfiles', 'claude.json'), user.settings)
  assert.equal((await msp('claude', 'setup')).exitCode, 0)
  assert.deepEqual(
    [lstatSync(user.settings).isSymbolicLink(), statSync(real).mode & 0o777, JSON.parse(text(real))],
    [true, 0o600, { model: 'opus', permissions: rules }],
  )
  await msp('claude', 'remove')
  assert.deepEqual([lstatSync(user.settings).isSymbolicLink(), text(real)], [true, '{\n  "model": "opus"\n}\n'])
})

test('settings that are a pipe are refused, and not waited for', { skip: isWindows }, async (t) => {
  const { msp, user } = await start(t)
  mkdirSync(dirname(user.settings), { recursive: true })
  execFileSync('mkfifo', [user.settings])
  const { exitCode, stdout, stderr } = await msp('claude', 'setup')
  assert.deepEqual([exitCode, stdout, stderr[0]], [1, [], `${user.settings} is not a regular file.`])
})

test('a link that leads nowhere is refused, and stays', { skip: isWindows }, async (t) => {
  const { msp, user } = await start(t)
  mkdirSync(dirname(user.settings))
  symlinkSync('gone.json', user.settings)
  const { exitCode, stderr } = await msp('claude', 'setup')
  assert.deepEqual(
    [exitCode, stderr],
    [1, [`${user.settings} is a link to a file that is missing.`, `See where it leads: ls -l ${user.settings}`]],
  )
  assert.deepEqual([lstatSync(user.settings).isSymbolicLink(), existsSync(user.skill)], [true, false])
})

test('a file of the person beside the skill stays', async (t) => {
  const { msp, user } = await start(t)
  await msp('claude', 'setup')
  const notes = join(dirname(user.skill), 'notes.md')
  write(notes, 'mine')
  assert.equal((await msp('claude', 'remove')).exitCode, 0)
  assert.deepEqual(readdirSync(dirname(user.skill)), ['notes.md'])
})

test('without msp on the PATH setup says so, and status says whom msp takes you for', async (t) => {
  const { msp, env, user } = await start(t)
  env.PATH = undefined
  assert.deepEqual((await msp('claude', 'setup')).stderr, ['There is no msp on your PATH: Claude Code needs one there.', first])
  env.AI_AGENT = 'claude-code_2-1-227_agent'
  const { stdout, stderr } = await msp('claude', 'status')
  assert.deepEqual(parseAnswer(stdout)[0], { place: 'user', what: 'skill', state: 'current', path: user.skill })
  assert.deepEqual(stderr, ['msp takes you for an agent, claude-code_2-1-227_agent, because of AI_AGENT.'])
})
