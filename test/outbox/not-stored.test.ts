import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import type { Step } from '../../src/world.ts'
import { connectMail } from '../commands/mail-start.ts'
import { startMailServer } from '../support/mail-server.ts'
import { endClaims, latest, makeDue, posted, run, startSession, writes } from './start.ts'

const hint = 'Do not write it again. When the database works: msp outbox run --wait'

/** A session whose database another program takes for itself at a step, as a disk is full from one moment to the next. */
async function startLosing(t: TestContext, at: { step: string; when: 'before' | 'after' }) {
  const losing = { isOn: false }
  let other: DatabaseSync | undefined
  const lose = () => {
    other = new DatabaseSync(join(running.home, 'data', 'msp.sqlite'))
    other.exec('begin immediate')
  }
  const step: Step = async (name, effect) => {
    const isHere = losing.isOn && name === at.step
    if (isHere && at.when === 'before') lose()
    const result = await effect()
    if (isHere && at.when === 'after') lose()
    return result
  }
  const running = await startSession(t, { limits: { lock: 10 }, step })
  const mend = async () => {
    losing.isOn = false
    other?.close()
    await endClaims(running.home)
    for (let turn = 0; turn < 3; turn++) {
      await makeDue(running.home)
      await running.msp('outbox', 'run')
    }
  }
  t.after(() => other?.isOpen && other.close())
  const locked = `The database ${running.home}/data/msp.sqlite is locked by another program.`
  return { ...running, losing, mend, locked }
}

for (const at of [
  { step: 'outbox.sent', when: 'after' },
  { step: 'outbox.release', when: 'before' },
] as const) {
  test(`a database that is lost ${at.when} ${at.step} is said with the write that the vendor may have`, async (t) => {
    const { msp, sandbox, losing, mend, locked } = await startLosing(t, at)
    losing.isOn = true
    const { exitCode, stdout, stderr } = await msp('ticket', 'comment', 'T12345', 'Disk fills.')
    await mend()
    const shortId = await latest(msp)
    const happened = `${shortId} may be at the vendor: that could not be stored, and msp looks for it there before it is sent again.`
    assert.deepEqual([exitCode, stdout, stderr], [1, [], [`${locked} ${happened}`, hint]])
    assert.deepEqual([posted(sandbox).length, await writes(msp, 'state')], [1, [{ state: 'done' }]])
  })
}

test('a database that is lost before anything has left is said alone', async (t) => {
  const { msp, sandbox, losing, mend, locked } = await startLosing(t, { step: 'outbox.sent', when: 'before' })
  losing.isOn = true
  const { stderr } = await msp('ticket', 'comment', 'T12345', 'Disk fills.')
  await mend()
  assert.deepEqual([stderr, posted(sandbox).length], [[locked, 'Close the other program, then try again.'], 1])
})

test('of a mail whose end could not be stored a person is asked', async (t) => {
  const { msp, losing, mend, locked } = await startLosing(t, { step: 'outbox.release', when: 'before' })
  const server = await startMailServer(t)
  assert.equal((await connectMail(msp, server)).exitCode, 0)
  await run(msp, 'client', 'map', 'Dataforth', 'msp-backups')
  losing.isOn = true
  const { exitCode, stderr } = await msp('backup', 'report', '--client', 'Dataforth', '--email', 'dana@dataforth.example', '--yes')
  await mend()
  assert.deepEqual([(await server.messages()).length, await writes(msp, 'state')], [1, [{ state: 'needs_human' }]])
  const happened = 'may be at the vendor: that could not be stored, so a person is asked whether it was sent before it is sent again.'
  assert.deepEqual([exitCode, stderr.slice(-2)], [1, [`${locked} ${await latest(msp)} ${happened}`, hint]])
})
