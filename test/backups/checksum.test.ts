import assert from 'node:assert/strict'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readChecksumsBeside } from '../../src/backups/checksum.ts'
import { temporaryFolder } from '../support/engines.ts'

const [good, other] = ['5d41402abc4b2a76b9719d911017c592', 'ffffffffffffffffffffffffffffffff']

/** What a file of MD5 checksums says of the file beside it. */
async function saidOf(t: TestContext, name: string, sums: string): Promise<string | undefined> {
  const path = join(temporaryFolder(t), name)
  writeFileSync(`${path}.md5`, sums)
  const found = await readChecksumsBeside(path).catch(({ code }: { code: string }) => [{ checksum: code }])
  return found[0]?.checksum
}

for (const [what, sums] of [
  ['stands alone', `${good.toUpperCase()}\n`],
  ['is that of what came on the input', `${good}  -\n`],
  ['is one of many', `${other}  old-x.zip\n${good} *x.zip\r\n${other}  x.zip.old\n`],
  ['is written as BSD does', `MD5 (old-x.zip) = ${other}\nMD5 (x.zip) = ${good}\n`],
  ['has the folder before its name', `${other}  /mnt/x.zip/a\n${good}  /mnt/backups/x.zip\n`],
  ['is nearer than one of another folder', `${other}  old/x.zip\n${good}  ./x.zip\n`],
  ['is told twice', `${good}  x.zip\n${good.toUpperCase()}  x.zip\n`],
  ['stands between words', `MD5 hash of x.zip:\r\n${good}\r\nCertUtil: -hashfile command completed successfully.\r\n`],
] as const) {
  test(`a checksum that ${what} is found`, async (t) => assert.equal(await saidOf(t, 'x.zip', sums), good))
}

for (const [what, sums] of [
  ['is of a file whose name ends like it', `${good}  old-x.zip\n`],
  ['is of another file, alone there', `${good}  y.zip\n`],
  ['is told in two ways', `${good}  x.zip\n${other}  x.zip\n`],
  ['is one of two without names', `${good}\n${other}\n`],
  ['is too long', `${good}0  x.zip\n`],
  ['is of another kind', `SHA1 (x.zip) = ${good}\n`],
  ['is not there', 'soon\n'],
] as const) {
  test(`a checksum that ${what} is none`, async (t) => assert.equal(await saidOf(t, 'x.zip', sums), 'not_checked'))
}

test('a name of hexadecimal digits does not get into the checksum, and a backslash in a name is marked', async (t) => {
  assert.equal(await saidOf(t, 'ab', `${good}  ab\n`), good)
  assert.equal(await saidOf(t, 'a\\b', `\\${good}  a\\\\b\n`), good)
})

test('a large file beside is not read, whatever its name', async (t) => {
  const path = join(temporaryFolder(t), 'x.zip')
  writeFileSync(`${path}.md5`, `${good}\n`)
  // it takes no room
  truncateSync(`${path}.md5`, 3 * 1024 ** 3)
  await assert.rejects(readChecksumsBeside(path), { code: 'not_checked', message: `${path}.md5 is no file of checksums.` })
})
