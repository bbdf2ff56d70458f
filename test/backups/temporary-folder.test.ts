import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { inTemporaryFolder } from '../../src/backups/temporary-folder.ts'
import { temporaryFolder } from '../support/engines.ts'

test('what a killed process left is removed by the next one, and what a living one or another machine has stays', async (t) => {
  const place = temporaryFolder(t)
  const before = process.env.TMPDIR
  process.env.TMPDIR = place
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  })
  const { pid: dead } = spawnSync('true')
  const named = await inTemporaryFolder(async (folder) => {
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    return basename(folder)
  })
  const nameFor = (pid: number, end: string) => named.replace(/-\d+-\w+$/, `-${pid}-${end}`)
  const stay = [
    nameFor(process.ppid, 'Living'),
    nameFor(dead, 'linked'),
    `msp-restore-ffffff-${dead}-Other0`,
    `x${nameFor(dead, 'Others')}`,
  ]
  mkdirSync(join(place, 'client', 'folder'), { recursive: true })
  writeFileSync(join(place, 'client', 'folder', 'data'), 'x')
  for (const name of stay.filter((each) => !each.endsWith('linked'))) mkdirSync(join(place, name))
  symlinkSync('/', join(place, nameFor(dead, 'linked')))
  renameSync(join(place, 'client'), join(place, nameFor(dead, 'abcDEF')))
  assert.equal(await inTemporaryFolder(async (folder) => existsSync(folder)), true)
  assert.deepEqual(readdirSync(place).toSorted(), stay.toSorted())
})
