import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { MspError } from '../../src/errors.ts'
import { makeKeyFile, readKeyFile } from '../../src/vault/key-file.ts'

const skip = process.platform === 'win32' && 'Windows has no modes and owners'
const key = Buffer.alloc(32, 0xfb)
const text = key.toString('base64url')

function keyPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'msp-key-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'machine.key')
}

async function refusalOf(path: string) {
  const error = await readKeyFile(path).then(
    () => undefined,
    (error) => error,
  )
  assert.ok(error instanceof MspError)
  return [error.code, error.message, error.hint]
}

test('a key file that was made reads back, with mode 600 and one line', async (t) => {
  const path = keyPath(t)
  await makeKeyFile(path, key)
  assert.deepEqual([await readKeyFile(path), readFileSync(path, 'utf8')], [key, `${text}\n`])
  if (!skip) assert.equal(statSync(path).mode & 0o7777, 0o600)
})

test('a key file is never overwritten, and the attempt leaves nothing behind', async (t) => {
  const path = keyPath(t)
  await makeKeyFile(path, key)
  await assert.rejects(makeKeyFile(path, Buffer.alloc(32)), { code: 'config', message: `${path} exists, and msp does not overwrite it.` })
  assert.deepEqual([await readKeyFile(path), readdirSync(join(path, '..'))], [key, ['machine.key']])
})

for (const mode of [0o400, 0o600]) {
  test(`a key file with mode ${mode.toString(8)} is read, with or without a newline at its end`, { skip }, async (t) => {
    const path = keyPath(t)
    for (const content of [text, `${text}\n`]) {
      rmSync(path, { force: true })
      writeFileSync(path, content, { mode })
      assert.deepEqual(await readKeyFile(path), key)
    }
  })
}

for (const mode of [0o640, 0o604, 0o644, 0o620, 0o700, 0o440, 0o4600]) {
  test(`a key file with mode ${mode.toString(8)} is refused, with the command that repairs it`, { skip }, async (t) => {
    const path = keyPath(t)
    writeFileSync(path, text)
    chmodSync(path, mode)
    assert.deepEqual(await refusalOf(path), [
      'locked',
      `The key file cannot be used. ${path} has mode ${mode.toString(8)}; a secret needs 600.`,
      `chmod 600 ${path}`,
    ])
  })
}

test('a key file that is not there is refused, and no key is made', async (t) => {
  const path = keyPath(t)
  assert.deepEqual(await refusalOf(path), [
    'locked',
    `The key file cannot be used. There is no file ${path}.`,
    `Put the file back, or make another with the recovery code: msp key recover --key-file ${path}`,
  ])
  assert.deepEqual(readdirSync(join(path, '..')), [])
})

test('a link to a key file is refused', { skip }, async (t) => {
  const path = keyPath(t)
  await makeKeyFile(`${path}.real`, key)
  symlinkSync(`${path}.real`, path)
  assert.deepEqual(await refusalOf(path), [
    'locked',
    `The key file cannot be used. ${path} is a link, and msp reads a secret from a regular file only.`,
    `Name the file itself: readlink -f ${path}`,
  ])
})

for (const [what, content] of [
  ['nothing', ''],
  ['only a newline', '\n'],
  ['31 bytes', Buffer.alloc(31).toString('base64url')],
  ['33 bytes', Buffer.alloc(33).toString('base64url')],
  ['two newlines at the end', `${text}\n\n`],
  ['a Windows line end', `${text}\r\n`],
  ['a space in front', ` ${text}`],
  ['base64 instead of base64url', key.toString('base64')],
  ['padding', `${text}=`],
  ['hexadecimal digits', key.toString('hex')],
  ['a last character with bits to spare', `${Buffer.alloc(32).toString('base64url').slice(0, -1)}B`],
] as const) {
  test(`a key file that holds ${what} is refused`, async (t) => {
    const path = keyPath(t)
    writeFileSync(path, content, { mode: 0o600 })
    assert.deepEqual(await refusalOf(path), [
      'locked',
      `${path} is not a key file: it must hold 32 bytes as base64url, 43 characters on one line.`,
      `First move it away. Then put the right file there, or make another with the recovery code: msp key recover --key-file ${path}`,
    ])
  })
}
