// The real process, as a shell starts it: bin/msp.js
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { version } from '../../src/version.ts'
import { temporaryFolder } from '../support/engines.ts'
import { linkCheckout } from './unbuilt.ts'

/** Runs a line of shell in which `$MSP` starts msp, with a home of its own. */
function shell(t: TestContext, line: string): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, MSP_HOME: temporaryFolder(t), MSP: `${process.execPath} ${linkCheckout(t)}` }
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', line], { env, timeout: 60_000 }, (_, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? 1, stdout, stderr }),
    )
  })
}

test('msp --version', async (t) => {
  assert.deepEqual(await shell(t, '$MSP --version'), { exitCode: 0, stdout: `msp ${version()}\n`, stderr: '' })
})

test('msp --help names every noun, and needs none of them', async (t) => {
  const { exitCode, stdout, stderr } = await shell(t, '$MSP --help')
  assert.deepEqual([exitCode, stderr], [0, ''])
  for (const noun of ['init', 'integrate', 'ticket', 'time', 'config', 'key', 'db', 'record'])
    assert.match(stdout, new RegExp(`^  ${noun} `, 'm'))
})

test('a reader that takes one line and goes does no harm', async (t) => {
  const [first] = (await shell(t, '$MSP --help')).stdout.split('\n')
  assert.deepEqual(await shell(t, '{ $MSP --help; echo $? >&2; } | head -1'), { exitCode: 0, stdout: `${first}\n`, stderr: '0\n' })
})

test('a reader that is gone before the first line does no harm', async (t) => {
  assert.deepEqual(await shell(t, '{ $MSP config list; echo $? >&2; } | true'), { exitCode: 0, stdout: '', stderr: '0\n' })
})

test('an answer that has no room is said, and that the command is done', {
  skip: process.platform !== 'linux' && '/dev/full is Linux’s',
}, async (t) => {
  const done = ' The command itself is done: repeat it only if it changes nothing.'
  const [wrong, right] = [await shell(t, '$MSP config gett >/dev/full'), await shell(t, '$MSP config list >/dev/full')]
  assert.deepEqual([wrong.exitCode, wrong.stderr.includes('could be written')], [2, false])
  assert.deepEqual([right.exitCode, right.stderr], [1, `Not all of the answer could be written (ENOSPC).${done}\n`])
})

for (const [line, sentence, help = ''] of [
  ['$MSP teleport', "Unknown command 'teleport'."],
  ['$MSP tickt list', "Unknown command 'tickt'\n(Did you mean ticket?)"],
  ['$MSP config gett', "Unknown command 'gett'\n(Did you mean get?)", ' config'],
  ['$MSP --teleport', "Unknown option '--teleport'.", '. Text that begins with - goes behind --.'],
] as const) {
  test(`${line} is wrong usage`, async (t) => {
    assert.deepEqual(await shell(t, line), { exitCode: 2, stdout: '', stderr: `${sentence}\nSee: msp help${help}\n` })
  })
}

test('an argument too many is wrong usage', async (t) => {
  assert.equal((await shell(t, '$MSP config get technician please')).exitCode, 2)
})
