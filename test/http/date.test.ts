import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOf, get, type Reply, startVendor } from './vendor.ts'

const date = 'Wed, 01 Apr 2026 14:00:00 GMT'
const time = Date.parse(date)

for (const [what, reply, expected] of [
  ['a good answer', { headers: { date } }, [time]],
  ['a refusal', { status: 404, headers: { date } }, [time]],
  ['an answer with a date that is none', { headers: { date: '7' } }, [undefined]],
  ['an answer with a day that there is not', { headers: { date: 'Wed, 99 Apr 2026 14:00:00 GMT' } }, [undefined]],
  [
    'an answer without a date',
    (response) => {
      response.sendDate = false
      response.end('{}')
    },
    [undefined],
  ],
  ['no answer', (response) => void response.destroy(), []],
] satisfies Array<[string, Reply, unknown]>) {
  test(`the vendor's clock is read of ${what}`, async (t) => {
    const { url } = await startVendor(t, reply)
    const told: unknown[] = []
    const { http } = clientOf(url, { onDate: (at) => told.push(at) })
    await http.send({ ...get, method: 'POST' }).catch(() => {})
    assert.deepEqual(told, expected)
  })
}
