import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { countFiles } from '../../src/backups/count-files.ts'
import { findKind } from '../../src/backups/kind.ts'
import { readUnchanged } from '../../src/backups/read-file.ts'
import { unpackArchive } from '../../src/backups/unpack.ts'
import { standardUnpackLimits, type UnpackLimits } from '../../src/backups/unpack-limits.ts'
import { temporaryFolder } from '../support/engines.ts'
import { type Packed, toTar, toZip } from './archives.ts'

const { signal } = new AbortController()
const files: Packed[] = [{ name: 'a/one.txt', content: 'hello' }, { name: 'two.txt', content: 'x'.repeat(2000) }, { name: 'empty' }]
const kinds = { 'x.zip': toZip, 'x.tar': toTar, 'x.tar.gz': (packed: readonly Packed[]) => gzipSync(toTar(packed)) }

interface Unpacking {
  limits?: Partial<UnpackLimits>
  room?: number
}

/** Unpacks such a file, and says what came out or what was said instead. */
async function unpack(t: TestContext, name: string, content: Buffer, { limits, room = 2 ** 40 }: Unpacking = {}) {
  const folder = temporaryFolder(t)
  const [path, target] = [join(folder, name), join(folder, 'out')]
  writeFileSync(path, content)
  mkdirSync(target)
  const kind = await findKind(path)
  assert.ok(kind)
  const into = { folder: target, room: { bytes: room, place: '/tmp' }, limits: { ...standardUnpackLimits, ...limits } }
  const result = await readUnchanged(path, signal, (file) => unpackArchive(file, kind, into)).catch((error: Error & { code?: string }) => [
    error.code,
    error.message,
  ])
  assert.deepEqual(readdirSync(folder).toSorted(), ['out', name].toSorted(), 'nothing lies elsewhere')
  return { result, target, path }
}

for (const [name, pack] of Object.entries(kinds)) {
  test(`${name}: everything comes out, for this user alone`, async (t) => {
    const { result, target, path } = await unpack(t, name, pack(files))
    assert.deepEqual(result, { files: 3, bytes: 2005, links: 0 })
    assert.deepEqual(readdirSync(target, { recursive: true }).map(String).toSorted(), ['a', 'a/one.txt', 'empty', 'two.txt'])
    assert.equal(readFileSync(join(target, 'a', 'one.txt'), 'utf8'), 'hello')
    assert.equal(statSync(join(target, 'two.txt')).mode & 0o777, 0o600)
    assert.equal(await countFiles(path, signal), 3)
  })

  test(`${name}: a name that leads out of the archive stops it`, async (t) => {
    for (const bad of ['../x', '/etc/x', 'a/../../x', 'C:/x']) {
      const { result } = await unpack(t, name, pack([{ name: bad, content: 'hello' }]))
      assert.deepEqual(result, ['check_failed', `The archive names a file outside of itself, "${bad}"; msp unpacks nothing of it.`])
    }
  })

  test(`${name}: a link is counted and not made`, async (t) => {
    const { result, target, path } = await unpack(
      t,
      name,
      pack([
        { name: 'link', linkTo: '/etc' },
        { name: 'link/x', content: 'hello' },
      ]),
    )
    assert.deepEqual([result, existsSync('/etc/x')], [{ files: 1, bytes: 5, links: 1 }, false])
    assert.deepEqual(readdirSync(target, { recursive: true }).map(String), ['link', 'link/x'])
    assert.equal(await countFiles(path, signal), 2)
  })

  test(`${name}: each limit stops it by its name, and is no failure of the backup, and neither is a full disk`, async (t) => {
    const said = async (unpacking: Unpacking) => (await unpack(t, name, pack(files), unpacking)).result
    const stop = 'msp stops there, as at a zip bomb.'
    assert.deepEqual(
      [
        await said({ limits: { entries: 2 } }),
        await said({ limits: { bytes: 1024 } }),
        await said({ limits: { ratio: 0.1, ratioBeyond: 1000 } }),
        await said({ room: 1024 }),
      ],
      [
        ['not_checked', `The backup holds more than 2 entries; ${stop}`],
        ['not_checked', `The backup unpacks to more than 1 KB; ${stop}`],
        ['not_checked', `The backup unpacks to more than 0.1 times its size; ${stop}`],
        ['not_checked', 'There is not enough room in /tmp to unpack the backup. Available: 1 KB'],
      ],
    )
  })

  test(`${name}: one that is cut off anywhere is damaged`, async (t) => {
    const whole = pack(files)
    // the last block of a tar's end only fills it up
    const least = name === 'x.tar' ? 1024 : 1
    for (const length of [0, 1, 100, 600, Math.floor(whole.length / 2), whole.length - least].filter(
      (each) => each < whole.length - least + 1,
    )) {
      const { result } = await unpack(t, name, whole.subarray(0, length))
      assert.ok(Array.isArray(result), `${length} bytes: ${JSON.stringify(result)}`)
      assert.match(result.join(': '), /^check_failed: The backup is damaged, or is no (zip|tar|tar\.gz): [^\n]+[^.]\.$/)
    }
  })

  test(`${name}: two things of one name that cannot be both are said`, async (t) => {
    const { result } = await unpack(
      t,
      name,
      pack([
        { name: 'a', content: 'x' },
        { name: 'a/b', content: 'y' },
      ]),
    )
    assert.deepEqual(result, ['not_checked', '"a/b" in the archive cannot be written here (EEXIST).'])
  })
}

test('a zip whose content does not have its checksum is damaged, and an encrypted one cannot be looked into', async (t) => {
  const broken = await unpack(t, 'x.zip', toZip([{ name: 'a', content: 'hello', crc: 1 }]))
  assert.deepEqual(broken.result, ['check_failed', 'The backup is damaged: "a" in it does not have its checksum.'])
  const secret = await unpack(t, 'x.zip', toZip([{ name: 'a', content: 'hello', encrypted: true }]))
  assert.deepEqual(secret.result, ['not_checked', 'The archive is encrypted, and msp cannot look into it.'])
})

test('a compressed file within a compressed one is no tar', async (t) => {
  const { result } = await unpack(t, 'x.tar.gz', gzipSync(gzipSync(toTar(files))))
  assert.deepEqual(result, ['check_failed', 'The backup is damaged, or is no tar.gz: no tar is in it.'])
})

test('a tar with an entry that is passed over is not checked, and its own label is none', async (t) => {
  const tar = toTar([{ name: 'a' }, { name: 'disk.img', content: 'x'.repeat(600), type: 'SparseFile' }])
  const { result, path } = await unpack(t, 'x.tar', tar)
  const message = 'The archive holds an entry of a kind that msp cannot read (sparse file): "disk.img".'
  assert.deepEqual(result, ['not_checked', message])
  await assert.rejects(countFiles(path, signal), { code: 'not_checked', message })
  const labelled = await unpack(t, 'x.tar', toTar([{ name: 'weekly', type: 'TapeVolumeHeader' }, { name: 'a' }]))
  assert.deepEqual(labelled.result, { files: 1, bytes: 0, links: 0 })
})

test('a folder is counted with the folders in it, and no link of it is followed', async (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'a', 'b'), { recursive: true })
  writeFileSync(join(folder, 'a', 'b', 'one'), '')
  symlinkSync('/', join(folder, 'a', 'everything'))
  assert.equal(await countFiles(folder, signal), 2)
})

test('what is read of a file that changes meanwhile is refused, whatever it said', async (t) => {
  const path = join(temporaryFolder(t), 'x')
  writeFileSync(path, 'hello')
  const changing = { code: 'not_checked', message: `${path} changed while it was read.` }
  await assert.rejects(
    readUnchanged(path, signal, async () => appendFileSync(path, 'more')),
    changing,
  )
  const failing = async () => {
    appendFileSync(path, 'more')
    throw new Error('It looks damaged.')
  }
  await assert.rejects(readUnchanged(path, signal, failing), changing)
  assert.equal(await readUnchanged(path, signal, async ({ size }) => size), 13)
})
