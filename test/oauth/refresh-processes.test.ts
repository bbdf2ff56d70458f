import assert from 'node:assert/strict'
import { test } from 'node:test'
import { together } from '../support/processes.ts'
import { startSignedInMsp } from './signed-in.ts'

for (const engine of ['sqlite', 'mariadb'] as const) {
  for (const [count, how] of [
    [16, 'has run out'],
    [4, 'is refused'],
  ] as const) {
    test(`${count} processes whose token ${how} make one refresh, and all of them succeed (${engine})`, { timeout: 120_000 }, async (t) => {
      const started = await startSignedInMsp(t, { engine })
      if (started === undefined) return
      const { env, oauth, endsIn } = started
      oauth.expire()
      if (how === 'has run out') await endsIn(-60)
      const answers = await together(count, 'msp-process.ts', JSON.stringify(env), 'ticket', 'show', 'T12345', '--json=number')
      const expected = { exitCode: 0, stdout: ['{', '  "number": "12345"', '}'], stderr: [] }
      assert.deepEqual(
        [answers, oauth.given, oauth.replayed],
        [Array(count).fill(expected), { authorization_code: 1, refresh_token: 1 }, 0],
      )
    })
  }
}
