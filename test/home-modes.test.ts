import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { temporaryFolder } from './support/engines.ts'
import { startMsp } from './support/msp.ts'

const skip = process.platform === 'win32' && 'Windows has no modes'

/** Each path beneath a folder, and its mode, where that lets anybody in but its owner. */
function openPaths(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const { mode } = lstatSync(join(folder, name))
    return (mode & 0o077) === 0 ? [] : [`${name} ${(mode & 0o777).toString(8)}`]
  })
}

const namesIn = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' })

test('whatever msp makes below its home is for its owner alone', { skip }, async (t) => {
  // as bin/msp.js sets it
  const before = process.umask(0o077)
  t.after(() => void process.umask(before))
  const { msp, home } = await startMsp(t, { sandbox: true, env: { CLAUDE_CODE_CHILD_SESSION: '1' } })
  // a database that somebody has open keeps the files beside it
  const database = new DatabaseSync(join(home, 'data', 'msp.sqlite'))
  t.after(() => database.close())
  database.exec('begin; select * from clients')
  const seen: string[] = []
  for (const typed of [
    ['init', '--recovery-file', join(home, 'state', 'recovery-code')],
    ['config', 'set', 'time.zone', 'UTC'],
    ['client', 'add', 'Dataforth'],
    ['client', 'map', 'Dataforth'],
    ['session', 'start', '--client', 'Dataforth'],
    ['backup', 'report', '--client', 'Dataforth', '--save'],
    // an agent's: a draft, with its page and PDF for the person
    ['backup', 'report', '--client', 'Dataforth', '--attach', 'T12345', '--public-url', 'https://tunnel.example.com'],
    ['backup', 'dump'],
    ['ticket', 'comment', 'T12345', 'text'],
  ]) {
    const { exitCode, stderr } = await msp(...typed)
    assert.deepEqual([typed[0], exitCode], [typed[0], 0], stderr.join('\n'))
    seen.push(...namesIn(home))
    assert.deepEqual(openPaths(home), [])
  }
  for (const ending of ['key', 'config.json', 'msp.sqlite', '-wal', '-shm', '.gz', '.pdf'])
    assert.ok(
      seen.some((name) => name.endsWith(ending)),
      `${ending} was never there`,
    )
})

test('a link that somebody planted where msp writes is replaced or refused, and where it leads nothing changes', { skip }, async (t) => {
  const elsewhere = join(temporaryFolder(t), 'elsewhere')
  writeFileSync(elsewhere, 'mine')
  const { msp, home } = await startMsp(t)
  const plant = (path: string) => {
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(elsewhere, path)
  }
  plant(join(home, 'config', 'config.json'))
  // what is no JSON is refused before anything is written
  assert.equal((await msp('config', 'set', 'time.zone', 'UTC')).exitCode, 1)
  writeFileSync(elsewhere, '{}')
  assert.equal((await msp('config', 'set', 'time.zone', 'UTC')).exitCode, 0)
  assert.deepEqual([readFileSync(elsewhere, 'utf8'), lstatSync(join(home, 'config', 'config.json')).isFile()], ['{}', true])
  plant(join(home, 'key'))
  plant(join(home, 'recovery'))
  assert.notEqual((await msp('init', '--recovery-file', join(home, 'recovery'))).exitCode, 0)
  assert.equal(readFileSync(elsewhere, 'utf8'), '{}')
})
