import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { MspError } from '../src/errors.ts'
import { quoted, readSecretFile, writeOrdinaryFile, writeSecretFile } from '../src/files.ts'
import { onFullDisk } from './support/msp-child.ts'

const skip = process.platform === 'win32' && 'Windows has no modes, owners and named pipes'
const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8)

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'msp-files-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

async function refusalOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (error) => error,
  )
  assert.ok(error instanceof MspError)
  return [error.code, error.message, error.hint]
}

test('a secret file is written with mode 600 in a folder of mode 700, and reads back', { skip }, async (t) => {
  const folder = join(newFolder(t), 'state', 'msp')
  const path = join(folder, 'secret')
  await writeSecretFile(path, 'grün', { overwrite: false })
  assert.deepEqual([await readSecretFile(path), modeOf(path), modeOf(folder), modeOf(join(folder, '..'))], ['grün', '600', '700', '700'])
  assert.deepEqual(readdirSync(folder), ['secret'])
})

test('bytes are written as they are', async (t) => {
  const path = join(newFolder(t), 'secret')
  const bytes = Buffer.from([0, 255, 10, 13])
  await writeSecretFile(path, bytes, { overwrite: true })
  assert.deepEqual(readFileSync(path), bytes)
})

test('without overwrite an existing file is refused and keeps its content', async (t) => {
  const folder = newFolder(t)
  const path = join(folder, 'secret')
  await writeSecretFile(path, 'first', { overwrite: false })
  assert.deepEqual(await refusalOf(writeSecretFile(path, 'second', { overwrite: false })), [
    'config',
    `${path} exists, and msp does not overwrite it.`,
    'Name another file, or move this one away.',
  ])
  assert.deepEqual([readFileSync(path, 'utf8'), readdirSync(folder)], ['first', ['secret']])
})

test('of ten writers without overwrite exactly one gets the path', async (t) => {
  const path = join(newFolder(t), 'secret')
  const writers = Array.from({ length: 10 }, (_, number) => writeSecretFile(path, String(number), { overwrite: false }))
  const results = await Promise.allSettled(writers)
  const winners = results.flatMap(({ status }, number) => (status === 'fulfilled' ? [String(number)] : []))
  assert.deepEqual(winners, [readFileSync(path, 'utf8')])
})

test('overwriting a file that others can read makes it mode 600', { skip }, async (t) => {
  const path = join(newFolder(t), 'secret')
  writeFileSync(path, 'old', { mode: 0o644 })
  await writeSecretFile(path, 'new', { overwrite: true })
  assert.deepEqual([readFileSync(path, 'utf8'), modeOf(path)], ['new', '600'])
})

test('a link in the way is replaced, never followed', { skip }, async (t) => {
  const folder = newFolder(t)
  const path = join(folder, 'secret')
  writeFileSync(join(folder, 'target'), 'untouched')
  symlinkSync('target', path)
  await assert.rejects(writeSecretFile(path, 'new', { overwrite: false }), { code: 'config' })
  await writeSecretFile(path, 'new', { overwrite: true })
  assert.deepEqual([await readSecretFile(path), readFileSync(join(folder, 'target'), 'utf8')], ['new', 'untouched'])
})

for (const throughLinks of [true, false]) {
  test(`an ordinary file is written ${throughLinks ? 'to where a link leads' : 'instead of a link'}`, { skip }, async (t) => {
    const folder = newFolder(t)
    const [path, target] = [join(folder, 'report.html'), join(folder, 'target')]
    writeFileSync(target, 'old')
    symlinkSync('target', path)
    await writeOrdinaryFile(path, 'new', { throughLinks })
    const found = [readFileSync(path, 'utf8'), readFileSync(target, 'utf8'), lstatSync(path).isSymbolicLink()]
    assert.deepEqual(found, ['new', throughLinks ? 'new' : 'old', throughLinks])
  })
}

test('a path that cannot be written says why', async (t) => {
  const folder = newFolder(t)
  writeFileSync(join(folder, 'file'), '')
  mkdirSync(join(folder, 'folder'))
  const below = join(folder, 'file', 'secret')
  assert.deepEqual(await refusalOf(writeSecretFile(below, 'x', { overwrite: true })), [
    'storage',
    `${below} could not be written (EEXIST).`,
    `See who may write there: ls -ld ${join(folder, 'file')}`,
  ])
  assert.deepEqual((await refusalOf(writeSecretFile(join(folder, 'folder'), 'x', { overwrite: true })))[0], 'storage')
  assert.deepEqual(readdirSync(folder), ['file', 'folder'])
})

test('a full disk is said with what it has and what is needed, and nothing half is left there', async (t) => {
  const folder = newFolder(t)
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  writeFileSync(join(folder, 'empty'), '')
  const [program = '', ...args] = (await onFullDisk(t, disk, join(folder, 'empty'), 20)) ?? []
  if (program === '') return
  const script = `
    import { readdirSync } from 'node:fs'
    import { writeOrdinaryFile } from ${JSON.stringify(new URL('../src/files.ts', import.meta.url).href)}
    const refusal = await writeOrdinaryFile(process.argv[1] + '/report.html', 'x'.repeat(100 * 1024), { throughLinks: false }).catch((error) => error)
    console.log(JSON.stringify([refusal.code, refusal.message, refusal.hint, readdirSync(process.argv[1])]))`
  const said = execFileSync(program, [...args, process.execPath, '--input-type=module', '--eval', script, disk], { encoding: 'utf8' })
  assert.deepEqual(JSON.parse(said), [
    'storage',
    `There is not enough room to write ${disk}/report.html. Available: 20 KB, Required: 100 KB`,
    `Make room there, or name a file elsewhere; see what is free: df -h ${disk}`,
    ['empty', 'filler'],
  ])
})

test('a file that is looser than 600 is refused, with the command that repairs it', { skip }, async (t) => {
  const path = join(newFolder(t), "technician's secret")
  writeFileSync(path, 'x')
  chmodSync(path, 0o640)
  const [code, message, hint = ''] = await refusalOf(readSecretFile(path))
  assert.deepEqual([code, message, hint], ['config', `${path} has mode 640; a secret needs 600.`, `chmod 600 ${quoted(path)}`])
  execFileSync('sh', ['-c', hint])
  assert.equal(await readSecretFile(path), 'x')
})

test('a link is refused, also one that points nowhere', { skip }, async (t) => {
  const folder = newFolder(t)
  const path = join(folder, 'secret')
  symlinkSync('nowhere', path)
  const refusal = [
    'config',
    `${path} is a link, and msp reads a secret from a regular file only.`,
    `Name the file itself: readlink -f ${path}`,
  ]
  assert.deepEqual(await refusalOf(readSecretFile(path)), refusal)
  await writeSecretFile(join(folder, 'nowhere'), 'x', { overwrite: false })
  assert.deepEqual(await refusalOf(readSecretFile(path)), refusal)
})

test('a file of another user is refused', { skip }, async (t) => {
  const mine = join(newFolder(t), 'secret')
  writeFileSync(mine, 'x', { mode: 0o600 })
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(mine, 4711, 4711)
  const [path, uid] = isRoot ? [mine, 4711] : ['/etc/passwd', 0]
  assert.deepEqual(await refusalOf(readSecretFile(path)), [
    'config',
    `${path} belongs to another user (uid ${uid}).`,
    `sudo chown ${userInfo().username} ${path}`,
  ])
})

test('a folder and a named pipe are refused, without waiting for a writer', { skip }, async (t) => {
  const folder = newFolder(t)
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', ['-m', '600', pipe])
  for (const path of [folder, pipe]) {
    assert.deepEqual(await refusalOf(readSecretFile(path)), ['config', `${path} is not a regular file.`, `See what it is: ls -ld ${path}`])
  }
})

test('a file that is not there is not found', async (t) => {
  const folder = newFolder(t)
  const path = join(folder, 'secret')
  assert.deepEqual(await refusalOf(readSecretFile(path)), ['not_found', `There is no file ${path}.`, `See what is there: ls -l ${folder}`])
})

test('a path below a file could not be read', { skip }, async (t) => {
  const path = join(newFolder(t), 'file', 'secret')
  writeFileSync(join(path, '..'), '')
  assert.deepEqual(await refusalOf(readSecretFile(path)), [
    'config',
    `${path} could not be read (ENOTDIR).`,
    `See whose it is: ls -l ${path}`,
  ])
})
