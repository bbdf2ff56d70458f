import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { closedFolder } from '../src/closed-folder.ts'
import { temporaryFolder } from './support/engines.ts'

const skip = process.platform === 'win32' && 'Windows has no modes'
const program = fileURLToPath(new URL('../bin/msp.js', import.meta.url))
const inside = (t: Parameters<typeof temporaryFolder>[0]) => {
  const above = join(realpathSync(temporaryFolder(t)), 'above')
  return { above, folder: join(above, 'folder'), within: join(above, 'folder', 'within') }
}

test('a folder that is missing is made for its owner alone, beneath a folder such as /tmp too', { skip }, (t) => {
  const { above, folder } = inside(t)
  assert.deepEqual([closedFolder(folder), closedFolder(folder)], [folder, folder])
  assert.deepEqual([statSync(above).mode & 0o777, statSync(folder).mode & 0o777], [0o700, 0o700])
  chmodSync(above, 0o1777)
  assert.equal(closedFolder(folder), folder)
})

for (const [place, mode] of [
  ['above', 0o777],
  ['above', 0o770],
  ['folder', 0o777],
  ['folder', 0o1777],
  ['folder', 0o720],
  ['within', 0o777],
] as const) {
  test(`a folder in which others could have put something is none: ${place}, mode ${mode.toString(8)}`, { skip }, (t) => {
    const places = inside(t)
    mkdirSync(places.within, { recursive: true })
    chmodSync(places[place], mode)
    assert.equal(closedFolder(places.folder), undefined)
    assert.equal(statSync(places[place]).mode & 0o7777, mode)
  })
}

for (const place of ['above', 'folder', 'within'] as const) {
  const skip = process.getuid?.() !== 0 && 'only root can give a folder away'
  test(`a folder of another user is none, nor is one beneath it or around it: ${place}`, { skip }, (t) => {
    const places = inside(t)
    mkdirSync(places.within, { recursive: true, mode: 0o700 })
    chownSync(places[place], 12_345, 12_345)
    assert.equal(closedFolder(places.folder), undefined)
  })
}

for (const [what, plant] of [
  ['that others may change', (file: string) => chmodSync(file, 0o666)],
  ['of another user', (file: string) => chownSync(file, 12_345, 12_345)],
] as const) {
  const skip = process.getuid?.() !== 0 && 'only root can give a file away'
  test(`a folder with a file ${what} is none, though it is closed by now`, { skip }, (t) => {
    const { folder, within } = inside(t)
    mkdirSync(within, { recursive: true, mode: 0o700 })
    const file = join(within, 'code')
    writeFileSync(file, '', { mode: 0o600 })
    assert.equal(closedFolder(folder), folder)
    plant(file)
    assert.equal(closedFolder(folder), undefined)
  })
}

test('of a link the folder counts to which it leads', { skip }, (t) => {
  const { above, folder } = inside(t)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const link = join(temporaryFolder(t), 'link')
  symlinkSync(folder, link)
  assert.equal(closedFolder(link), folder)
  chmodSync(above, 0o777)
  assert.equal(closedFolder(link), undefined)
})

test('a folder that cannot be made is none, and a path that is not whole makes none', () => {
  assert.equal(closedFolder(join(program, 'folder')), undefined)
  const before = readdirSync('.')
  assert.deepEqual([closedFolder('undefined/folder'), readdirSync('.')], [undefined, before])
})

/** The real program in an empty folder, with these variables alone. */
function run(t: Parameters<typeof temporaryFolder>[0], env: Record<string, string>, words = ['config', 'get', 'time.zone']) {
  const cwd = realpathSync(temporaryFolder(t))
  const { status, stderr } = spawnSync(process.execPath, [program, ...words], {
    ...{ cwd, encoding: 'utf8' },
    env: { PATH: process.env.PATH, MSP_TIME_ZONE: 'UTC', ...env },
  })
  return { cwd, status, stderr, made: readdirSync(cwd) }
}

test('msp keeps compiled code in its state folder, and takes none from where others could have put it', { skip }, (t) => {
  const home = temporaryFolder(t)
  const cache = join(home, 'state', 'cache')
  assert.equal(run(t, { MSP_HOME: home }).status, 0)
  assert.equal(readdirSync(cache).length, 1)
  const open = temporaryFolder(t)
  mkdirSync(join(open, 'state', 'cache'), { recursive: true })
  chmodSync(join(open, 'state', 'cache'), 0o777)
  assert.equal(run(t, { MSP_HOME: open }).status, 0)
  assert.deepEqual(readdirSync(join(open, 'state', 'cache')), [])
})

test('without HOME msp makes nothing in the folder in which it runs', { skip }, (t) => {
  const folder = temporaryFolder(t)
  const places = { XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }
  const [without, empty] = [run(t, places), run(t, { ...places, HOME: '' })]
  assert.deepEqual([without.status, without.made, empty.status, empty.made], [0, [], 0, []])
})

for (const [name, more] of [
  ['MSP_HOME', {}],
  ['HOME', {}],
  ['XDG_CONFIG_HOME', { XDG_STATE_HOME: '/proc/none' }],
] as const) {
  test(`a path in ${name} that is not whole is refused, and nothing is made there`, { skip }, (t) => {
    const { cwd, status, stderr, made } = run(t, { ...more, [name]: 'some/where' })
    const sentence = `${name} is no whole path: "some/where".\nFrom here it would be ${join(cwd, 'some/where')}\n`
    assert.deepEqual([status, stderr, made], [1, sentence, []])
  })
}

test('a user whom the system does not know needs a home that is named', {
  skip: process.getuid?.() !== 0 && 'only root can be another user',
}, () => {
  const unknown = (env: Record<string, string>) =>
    spawnSync('setpriv', ['--reuid', '12345', '--clear-groups', process.execPath, program, 'config', 'get', 'technician'], {
      ...{ cwd: '/', encoding: 'utf8' },
      env: { PATH: process.env.PATH, ...env },
    })
  const { status, stderr } = unknown({})
  const sentence = 'There is no home folder for the files of msp: HOME is not set, and the system knows none for this user.'
  assert.deepEqual([status, stderr], [1, `${sentence}\nSet HOME, or MSP_HOME, to the whole path of a folder.\n`])
  assert.match(unknown({ MSP_HOME: '/no/such/home' }).stdout, /^12345@/)
})
