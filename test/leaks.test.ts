import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { keepSecret } from '../src/live-secrets.ts'
import { temporaryFolder } from './support/engines.ts'
import { findLeaks, leakIn, plantedIn } from './support/leaks.ts'

const secret = 'planted-in-a-test-4711'

test('a secret in a file is found in whatever form it lies there: in plain, in a database, in base64 behind a name, in hex', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'msp-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'deep'))
  keepSecret(secret)
  writeFileSync(join(folder, 'plain'), `before ${secret} after`)
  writeFileSync(join(folder, 'deep', 'basic'), `Authorization: Basic ${Buffer.from(`api:${secret}`).toString('base64')}`)
  writeFileSync(join(folder, 'hex'), `0x${Buffer.from(secret).toString('hex')}`)
  writeFileSync(join(folder, 'token'), `${secret}\n`)
  writeFileSync(join(folder, '.env'), `MSP_DATABASE_URL=mysql://msp:${secret}@host/db`)
  writeFileSync(join(folder, 'innocent'), 'planted in a garden')
  const database = new DatabaseSync(join(folder, 'a.sqlite'))
  database.exec(`pragma journal_mode = wal; create table t (c); insert into t values ('${secret}')`)
  assert.deepEqual(
    findLeaks(folder)
      .map((leak) => leak.replace(/ .*/, ''))
      .toSorted(),
    ['a.sqlite-wal', 'deep/basic', 'hex', 'plain'],
  )
  database.close()
  assert.ok(findLeaks(folder).some((leak) => leak.startsWith('a.sqlite ')))
})

test('a secret is found wherever it begins, also the shortest', () => {
  for (const short of ['8letters', 'grüß-dir']) {
    for (let before = 0; before < 12; before++) {
      assert.ok(leakIn(`${'.'.repeat(before)}${short}`, [short]), `${short} behind ${before}`)
      assert.equal(leakIn(`${'.'.repeat(before)}${short.slice(1)}`, [short]), undefined)
    }
  }
})

test('a test whose msp writes a secret to a file fails by that', () => {
  const hooks: Array<() => unknown> = []
  const t = { after: (hook: () => unknown) => void hooks.push(hook) } as unknown as TestContext
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'log'), `the key is ${keepSecret(secret)}`)
  hooks.shift()?.()
  assert.throws(() => hooks.shift()?.(), /secrets that were written to a file/)
})

test('what is said is looked through as well', () => {
  assert.deepEqual([plantedIn('all 5 tests passed'), leakIn(`so ${keepSecret(secret)}`)], [undefined, '"planted-in-a…"'])
  assert.ok(plantedIn('Authorization: Bearer sandbox-demo-api-token'))
})
