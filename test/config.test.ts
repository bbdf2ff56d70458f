import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkDatabaseUrl, settingNames, settings } from '../src/config.ts'
import { MspError } from '../src/errors.ts'
import { anyText } from './support/text.ts'

const part = fc.constantFrom(
  'mysql://',
  'https://',
  'user',
  ':secret',
  '@',
  'host',
  ':3306',
  '/',
  'db',
  '?',
  '#',
  '..',
  '127.0.0.1',
  '[::1]',
  'UTC',
  'internal',
)
const typed = fc.oneof(
  anyText(),
  fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
)

for (const name of settingNames) {
  test(`whatever is typed for ${name} is refused with a sentence, or kept as what is kept of it again`, () =>
    fc.assert(
      fc.property(typed, (text) => {
        try {
          const kept = settings[name].check(text)
          assert.equal(settings[name].check(kept), kept)
        } catch (error) {
          if (!(error instanceof MspError)) throw error
          assert.equal(error.code, 'usage')
        }
      }),
    ))
}

test('a refusal of a database URL repeats nothing of it', () =>
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      try {
        checkDatabaseUrl(parts.join(''))
      } catch (error) {
        assert.ok(error instanceof MspError && !error.message.includes('secret'))
      }
    }),
  ))

for (const [name, typed] of [
  ['technician', 'mike\u001b[31m@example.com'],
  ['technician', 'mike\u202e@example.com'],
  ['key.file', 'key'],
  ['backups.keywords', ' ,, '],
] as const) {
  test(`${name} is not ${JSON.stringify(typed)}`, () => assert.throws(() => settings[name].check(typed), { code: 'usage' }))
}
