// What msp does with a key file that it must not trust.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { startMsp } from '../support/msp.ts'

const isWindows = process.platform === 'win32'
const code = 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA'

const damaged = [
  'KEY is not a key file: it must hold 32 bytes as base64url, 43 characters on one line.',
  'First move it away. Then put the right file there, or make another with the recovery code: msp key recover --key-file KEY',
] as const
const cannot = (sentence: string, hint: string) => [`The key file cannot be used. KEY ${sentence}`, hint] as const
const link = cannot('is a link, and msp reads a secret from a regular file only.', 'Name the file itself: readlink -f KEY')

for (const { what, spoil, refusal, skip = isWindows } of [
  {
    what: 'that others can read',
    spoil: (key: string) => chmodSync(key, 0o644),
    refusal: cannot('has mode 644; a secret needs 600.', 'chmod 600 KEY'),
  },
  {
    what: 'that its group can write',
    spoil: (key: string) => chmodSync(key, 0o620),
    refusal: cannot('has mode 620; a secret needs 600.', 'chmod 600 KEY'),
  },
  {
    what: 'of another user',
    spoil: (key: string) => chownSync(key, 65534, 65534),
    refusal: cannot('belongs to another user (uid 65534).', `sudo chown ${userInfo().username} KEY`),
    skip: process.getuid?.() !== 0 && 'only root can give a file away',
  },
  {
    what: 'that is a link to the right one',
    spoil: (key: string) => {
      renameSync(key, `${key}.real`)
      symlinkSync(`${key}.real`, key)
    },
    refusal: link,
  },
  {
    what: 'that is a link to nothing',
    spoil: (key: string) => {
      rmSync(key)
      symlinkSync(`${key}.nowhere`, key)
    },
    refusal: link,
  },
  {
    what: 'that is a folder',
    spoil: (key: string) => {
      rmSync(key)
      mkdirSync(key)
    },
    refusal: cannot('is not a regular file.', 'See what it is: ls -ld KEY'),
  },
  {
    what: 'that is a named pipe',
    spoil: (key: string) => {
      rmSync(key)
      assert.equal(spawnSync('mkfifo', ['-m', '600', key]).status, 0)
    },
    refusal: cannot('is not a regular file.', 'See what it is: ls -ld KEY'),
  },
  {
    what: 'that is cut',
    spoil: (key: string) => writeFileSync(key, readFileSync(key, 'utf8').slice(0, 40)),
    refusal: damaged,
    skip: false,
  },
  { what: 'that is empty', spoil: (key: string) => writeFileSync(key, ''), refusal: damaged, skip: false },
]) {
  test(`a key file ${what} is refused by every command that needs it, and stays as it is`, { skip }, async (t) => {
    const { msp, home } = await startMsp(t)
    assert.equal((await msp('init')).exitCode, 0)
    const key = join(home, 'key')
    const keys = () => {
      const database = new DatabaseSync(join(home, 'data', 'msp.sqlite'))
      const rows = database.prepare('select * from key_slots').all()
      database.close()
      return rows
    }
    const before = keys()
    spoil(key)
    const { mtimeMs, ino, mode } = lstatSync(key)
    const refused = { exitCode: 4, stdout: [], stderr: refusal.map((line) => line.replace('KEY', key)) }
    assert.deepEqual(await msp('init'), refused)
    assert.deepEqual(await msp('key', 'passphrase', '--file', join(home, 'recovery-code')), refused)
    assert.deepEqual(await msp.withInput(code, 'key', 'recover', '--code-stdin'), refused)
    const status = await msp('key', 'status', '--json=opens,problem')
    assert.deepEqual([status.exitCode, JSON.parse(status.stdout.join('\n'))], [4, { opens: false, problem: refused.stderr[0] }])
    const after = lstatSync(key)
    assert.deepEqual([keys(), after.mtimeMs, after.ino, after.mode], [before, mtimeMs, ino, mode])
  })
}
