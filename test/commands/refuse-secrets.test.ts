import assert from 'node:assert/strict'
import { copyFileSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startSession, ticketId, writes } from '../outbox/start.ts'
import { attached, startAttaching } from './attach-start.ts'

const told = 'What you send holds a key or a password that msp itself uses. Nothing was sent.'
const takeOut = 'Take it out. Where it is a word that you need: choose another password.'
const own = (path: string) => `${path} is a file of msp itself, which may hold keys or what opens them. Nothing was sent.`

test('no comment holds what msp signs in with, or what opens that: typed, as a subject, out of a file, not even as a dry run', async (t) => {
  const { msp, sandbox, home, env } = await startSession(t)
  const { token } = sandbox.syncro
  const key = readFileSync(env.MSP_KEY_FILE ?? '', 'utf8').trim()
  const copy = join(home, 'notes.txt')
  writeFileSync(copy, `see ${key} there\n`)
  const before = sandbox.syncro.comments(ticketId).length
  for (const words of [
    [`my token is ${token} ok`],
    [`as base64: ${Buffer.from(`user:${token}`).toString('base64')}`],
    ['text', '--subject', key],
    ['--file', copy],
    [key, '--dry-run'],
    [token, '--again', '--visibility', 'email', '--yes'],
  ]) {
    const { exitCode, stdout, stderr } = await msp('ticket', 'comment', 'T12345', ...words)
    assert.deepEqual([exitCode, stdout, stderr], [2, [], [told, takeOut]])
  }
  env.AI_AGENT = 'bot'
  assert.equal((await msp('ticket', 'comment', 'T12345', '--file', copy, '--no-json')).exitCode, 2)
  delete env.AI_AGENT
  assert.deepEqual([sandbox.syncro.comments(ticketId).length, await writes(msp, 'state')], [before, []])
  rmSync(copy)
})

test('no time entry holds one in its note', async (t) => {
  const { msp, sandbox } = await startSession(t)
  const { exitCode, stderr } = await msp('time', 'log', '5m', '--ticket', 'T12345', '--note', `with ${sandbox.syncro.token}`)
  assert.deepEqual([exitCode, stderr.slice(-2)], [2, [told, takeOut]])
  assert.deepEqual(await writes(msp, 'state'), [])
})

test('of the work that was noted all is posted but the secret', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  await msp('ticket', 'link', 'T12345')
  await msp('work', 'add', `Tried ${sandbox.syncro.token} by hand`)
  await msp('work', 'add', 'Gave up')
  assert.equal((await msp('ticket', 'sync')).exitCode, 0)
  const posted = sandbox.syncro.comments(ticketId).find(({ body }) => body?.includes('Gave up'))
  assert.match(posted?.body ?? '', /Tried \[hidden\] by hand/)
  rmSync(join(home, 'data'), { recursive: true })
})

test('no file of msp itself is sent, by whatever name', async (t) => {
  const { msp, sandbox, home, env } = await startAttaching(t)
  const keyFile = env.MSP_KEY_FILE ?? ''
  const named = (name: string) => join(home, name)
  symlinkSync(keyFile, named('link'))
  mkdirSync(named('config'), { recursive: true })
  for (const name of ['recovery-code', 'passphrase', 'config/.env']) writeFileSync(named(name), 'a secret of its own\n', { mode: 0o600 })
  env.MSP_PASSPHRASE_FILE = named('passphrase')
  for (const path of [
    keyFile,
    named('link'),
    named('recovery-code'),
    named('passphrase'),
    named('config/.env'),
    named('data/msp.sqlite'),
  ]) {
    const refusal = { exitCode: 2, stdout: [], stderr: [own(path), 'Name another file.'] }
    assert.deepEqual(await msp('ticket', 'attach', 'T12345', path, '--yes'), refusal)
    assert.deepEqual(await msp('ticket', 'comment', 'T12345', '--file', path), refusal)
  }
  assert.deepEqual([attached(sandbox), await writes(msp, 'state')], [[], []])
})

test('no file is attached in which a secret stands that is in use, and none with it', async (t) => {
  const { msp, sandbox, home, env, file } = await startAttaching(t)
  copyFileSync(env.MSP_KEY_FILE ?? '', join(home, 'copy'))
  linkSync(env.MSP_KEY_FILE ?? '', join(home, 'hard'))
  writeFileSync(join(home, 'settings.ini'), `${'x'.repeat(100_000)}\ntoken=${sandbox.syncro.token}\n`)
  for (const name of ['copy', 'hard', 'settings.ini']) {
    const path = join(home, name)
    assert.deepEqual(await msp('ticket', 'attach', 'T12345', file, path, '--yes'), {
      ...{ exitCode: 2, stdout: [] },
      stderr: [`${path} holds a key or a password that msp itself uses. Nothing was sent.`, 'Take it out, or name another file.'],
    })
  }
  assert.deepEqual([attached(sandbox), await writes(msp, 'state')], [[], []])
  for (const name of ['copy', 'hard', 'settings.ini']) rmSync(join(home, name))
})

test('a report that msp has kept may be attached, and what lies beside its files', async (t) => {
  const { msp, home, env } = await startAttaching(t)
  env.MSP_PASSPHRASE_FILE = ''
  mkdirSync(join(home, 'state', 'reports'), { recursive: true })
  for (const path of [join(home, 'state', 'reports', 'report.html'), join(home, 'database.txt'), join(home, '..data')]) {
    writeFileSync(path, `of ${path}`)
    assert.equal((await msp('ticket', 'attach', 'T12345', path, '--yes')).exitCode, 0)
  }
})
