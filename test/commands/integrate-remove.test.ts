import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerIntegrateRemove } from '../../src/commands/integrate/remove.ts'
import { ctrlC, startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

for (const [argv, expected] of [
  ['remove syncro', ['syncro', {}]],
  ['remove msp-backups --owner team --json', ['msp-backups', { owner: 'team', json: undefined }]],
] as const) {
  test(`msp integrate ${argv}`, async () => {
    const [name, options] = await parsed(registerIntegrateRemove, argv)
    assert.deepEqual([name, { ...options, ...(options.json && { json: undefined }) }], expected)
  })
}

test('remove asks, and no is no', async (t) => {
  const { msp, tell, asked } = await startMsp(t, { terminal: true, sandbox: true })
  tell([false, ctrlC, true])
  const cancelled = (message: string) => ({ exitCode: 130, stdout: [], stderr: [message] })
  assert.deepEqual(await msp('integrate', 'remove', 'syncro'), cancelled('Nothing was changed.'))
  assert.deepEqual(await msp('integrate', 'remove', 'syncro'), cancelled('Cancelled.'))
  assert.equal((await msp('integrate', 'list', '--json')).json().length, 2)
  assert.equal((await msp('integrate', 'remove', 'syncro')).exitCode, 0)
  assert.deepEqual((await msp('integrate', 'list', '--json=integration')).json(), [{ integration: 'msp-backups' }])
  assert.deepEqual(asked, Array(3).fill('Forget your key of SyncroMSP?'))
})

test('without a terminal remove wants --yes', async (t) => {
  const { msp } = await startMsp(t, { sandbox: true })
  const stderr = ["This needs an answer: Forget the team's key of MSP Backups? (y/n)", 'Without a terminal, give it with --yes.']
  assert.deepEqual(await msp('integrate', 'remove', 'msp-backups'), { exitCode: 2, stdout: [], stderr })
  assert.equal((await msp('integrate', 'remove', 'msp_backups', '--yes')).exitCode, 0)
  assert.equal((await msp('integrate', 'remove', 'msp-backups', '--yes')).exitCode, 5)
})

for (const argv of [
  ['remove', 'zapp', '--yes'],
  ['test', 'zapp'],
]) {
  test(`msp integrate ${argv[0]} of a system that nobody knows names the ones there are`, async (t) => {
    const { msp } = await startMsp(t)
    const stderr = ['There is no integration "zapp".', 'The integrations are: syncro, msp-backups, smtp, files']
    assert.deepEqual(await msp('integrate', ...argv), { exitCode: 5, stdout: [], stderr })
  })
}

test('msp integrate with a system that nobody knows is wrong usage', async (t) => {
  const { msp } = await startMsp(t)
  const { exitCode, stdout } = await msp('integrate', 'zapp')
  assert.deepEqual([exitCode, stdout], [2, []])
})
