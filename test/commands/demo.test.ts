import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyCheckout, outcomeOf } from './unbuilt.ts'

test('msp demo does the main job against the sandbox and ends with what was done, when an agent starts it too', async (t) => {
  const { start } = copyCheckout(t, { CLAUDECODE: '1', CLAUDE_CODE_CHILD_SESSION: '1' })
  const { exitCode, stdout, stderr } = await outcomeOf(start('demo'))
  const lines = stdout.split('\n')
  assert.deepEqual(
    [exitCode, stderr, lines.filter((line) => /^[✓✗]/.test(line))],
    [
      0,
      '',
      [
        '✓ Found ticket #12345: Backup configuration for NAS',
        '✓ Linked ticket to session',
        '✓ Added work summary comment',
        '✓ Pulled backup report (5 jobs, all successful, 245 GB)',
        '✓ Attached report to ticket',
        '✓ Logged 2.5 hours',
      ],
    ],
  )
  // every answer says where it comes from, and every command is there as it would be typed
  const commands = lines.filter((line) => line.startsWith('$ '))
  assert.ok(
    lines.every((line) => line === '' || /^(\$ | {2}sandbox │ |In the sandbox:|[✓✗] |Next, )/.test(line)),
    stdout,
  )
  assert.deepEqual(
    commands.filter((line) => !line.includes('integrate')),
    [
      '$ msp client add Dataforth',
      '$ msp client map Dataforth',
      '$ msp session start --client Dataforth',
      '$ msp ticket search backup --client Dataforth --open',
      '$ msp ticket link T12345 --type resolves',
      "$ msp work add 'Configured Veeam backup job for D2TESTNAS' --minutes 60m",
      "$ msp work add 'Set retention: 30 days local, 90 days cloud' --minutes 20m",
      "$ msp work add 'Tested backup: successful (45GB)' --minutes 50m",
      "$ msp work add 'Verified restore point creation' --minutes 20m",
      '$ msp ticket sync',
      '$ msp backup report --client Dataforth --attach T12345 --public-url http://127.0.0.1 --listen 127.0.0.1:0 --yes',
      "$ msp time log 2.5h --ticket T12345 --note 'Backup configuration and testing'",
      '$ msp session end',
    ],
  )
  assert.match(stdout, /msp sandbox --shell/)
})
