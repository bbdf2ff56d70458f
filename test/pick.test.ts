import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pickOne, toIdPart } from '../src/pick.ts'

const kind = { name: 'session', list: 'msp session list' }

for (const typed of ['', '4f2', 'xyzw', '019%', `${'0'.repeat(36)}1`, ' 4f2a']) {
  test(`"${typed}" is no part of an id`, () => {
    const message = `"${typed}" is not the id of a session, nor four or more characters of one.`
    assert.throws(() => toIdPart(typed, kind), { code: 'usage', message, hint: 'See: msp session list' })
  })
}

test('ids are written in small letters', () => assert.equal(toIdPart('4F2A-7', kind), '4f2a-7'))

test('of what fits exactly one is taken', () => {
  assert.equal(pickOne(['one'], '4f2a', kind), 'one')
  assert.throws(() => pickOne([], '4f2a', kind), { code: 'not_found', message: 'There is no session 4f2a.', hint: 'See: msp session list' })
  assert.throws(() => pickOne(['one', 'two'], '4f2a', kind), {
    code: 'ambiguous',
    message: '"4f2a" fits more than one session.',
    hint: 'Give more of the id: msp session list',
  })
})
