import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nasId, now } from '../clients/working.ts'
import { startMsp } from '../support/msp.ts'

test('on MariaDB too: client, session, work, links, time, backups', async (t) => {
  const started = await startMsp(t, { engine: 'mariadb', sandbox: true, now: () => now })
  if (!started) return
  const { msp, sandbox } = started
  const codes: Array<[string, number]> = []
  const run = async (line: string, ...more: string[]) => {
    const result = await msp(...line.split(' '), ...more)
    codes.push([line, result.exitCode])
    return result
  }
  await run('client add Dataforth --map syncro --map msp-backups')
  await run('client add Dataforth')
  await run('client map data')
  const { id } = (await run('session start --client data --ticket T12345 --json')).json()
  await run('session start --client data')
  await run('work add Configured --minutes 90 --ticket T12341')
  await run('ticket unlink T12341')
  const suggested = await run('ticket suggest --limit 1 --json=number,isAboutWork')
  await run('time log 30m --from 9:00')
  await run('time log 30m --from 9:00')
  await run('time log 30m --from 9:15')
  await run('time log 15m --no-billable')
  const ended = await run('session end --json')
  await run('session end')
  await run('session show --session', id.slice(-8))
  await run('backup report --client data')
  assert.deepEqual(
    codes.filter(([, code]) => code !== 0),
    [
      ['client add Dataforth', 2],
      ['session start --client data', 2],
      ['time log 30m --from 9:15', 2],
      ['session end', 5],
    ],
  )
  assert.deepEqual(suggested.json(), [{ number: '12341', isAboutWork: false }])
  assert.deepEqual(ended.stderr.slice(-2), [
    '45 minutes of this session are not logged. To log it:',
    `  msp time log 45m --ticket T12345 --session ${id}`,
  ])
  const entries = (await msp('time', 'list', '--json=minutes,start,billable,sessionId,state')).json()
  assert.deepEqual(entries, [
    { minutes: 30, start: '2026-01-15T16:00:00.000Z', billable: true, sessionId: id, state: 'done' },
    { minutes: 15, start: '2026-01-15T21:17:00.000Z', billable: false, sessionId: id, state: 'done' },
  ])
  assert.equal(sandbox.syncro.timers(nasId).length, 2)
  assert.equal((await msp('outbox', 'list', '--all')).stdout.length, 2)
})
