import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { newId } from '../../src/db/id.ts'
import { openJournal } from '../../src/oauth/journal.ts'
import { temporaryFolder } from '../support/engines.ts'

const installation = newId()
const renewal = {
  id: newId(),
  gen: 7,
  oauthTokenEncrypted: Buffer.from('sealed access'),
  oauthRefreshTokenEncrypted: Buffer.from('sealed refresh'),
  oauthExpiresAt: new Date('2026-01-15T14:00:00.000Z'),
  updatedAt: new Date('2026-01-15T13:00:00.000Z'),
}

function start(t: TestContext) {
  const folder = join(temporaryFolder(t), 'state', 'sign-ins')
  const pathOf = () => join(folder, String(readdirSync(folder)[0]))
  return { folder, pathOf, journal: openJournal(folder, installation) }
}

test('what is written is read again, until it is cleared', async (t) => {
  const { journal, folder } = start(t)
  const bare = { ...renewal, gen: 8, oauthRefreshTokenEncrypted: null, oauthExpiresAt: null }
  assert.deepEqual(await journal.read(), [])
  await journal.write(renewal)
  await journal.write(renewal)
  await journal.write(bare)
  assert.deepEqual(await journal.read(), [renewal, bare])
  await journal.clear(renewal)
  await journal.clear(renewal)
  assert.deepEqual(await journal.read(), [bare])
  assert.deepEqual(readdirSync(folder), [`${renewal.id}.8.json`])
})

test('only its owner can read it', async (t) => {
  const { journal, folder, pathOf } = start(t)
  await journal.write(renewal)
  assert.deepEqual(
    [folder, pathOf()].map((path) => (statSync(path).mode & 0o777).toString(8)),
    ['700', '600'],
  )
  chmodSync(pathOf(), 0o644)
  // one that others could have written is not believed
  assert.deepEqual(await journal.read(), [])
})

test('what another database, or another program, has left there is left alone', async (t) => {
  const { journal, folder, pathOf } = start(t)
  await openJournal(folder, newId()).write(renewal)
  writeFileSync(join(folder, 'notes.txt'), 'not ours')
  assert.deepEqual(await journal.read(), [])
  const text = readFileSync(pathOf(), 'utf8')
  for (const broken of ['', '{', '[]', 'null', text.slice(0, -20), text.replace('"gen":7', '"gen":"7"')]) {
    writeFileSync(pathOf(), broken)
    assert.deepEqual(await journal.read(), [], broken)
  }
  assert.equal(readdirSync(folder).length, 2)
})

test('a file that another process takes away meanwhile is no error', async (t) => {
  const { journal, folder } = start(t)
  for (let gen = 0; gen < 20; gen++) await journal.write({ ...renewal, gen })
  const reading = journal.read()
  for (const name of readdirSync(folder)) rmSync(join(folder, name))
  assert.ok((await reading).length <= 20)
  assert.deepEqual(await journal.read(), [])
})
