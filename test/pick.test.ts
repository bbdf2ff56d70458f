import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newShortId } from '../src/db/id.ts'
import { pickOne, toIdPart } from '../src/pick.ts'
import { anyText } from './support/text.ts'

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

test('whatever is typed as a part of an id has only its characters, none that means something in a pattern', () =>
  fc.assert(
    fc.property(fc.oneof(anyText(), fc.stringMatching(/^[0-9a-fA-F%_-]{0,40}$/)), (typed) => {
      try {
        assert.match(toIdPart(typed, kind), /^[0-9a-f-]{4,36}$/)
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'usage')
      }
    }),
  ))

test('a short id has four characters that nobody misreads, and any case finds it', () => {
  for (let count = 0; count < 200; count++) assert.match(newShortId(), /^[0-9A-HJKMNP-TV-Z]{4}$/)
})
