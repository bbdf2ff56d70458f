import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { missingRules, presentRules, readSettings, rulesState, withoutRules, withRules } from '../../src/claude/settings.ts'
import { personal, reading, toRules, writing } from '../../src/claude/verbs.ts'
import { MspError } from '../../src/errors.ts'

const read = (text: string) => readSettings('settings.json', text)
const all = { allow: toRules(reading), ask: toRules(writing), deny: toRules(personal) }

function setUp(text: string): string {
  const { value, write } = read(text)
  return write(withRules(value, missingRules(value)))
}

function takenOut(text: string): string {
  const { value, write } = read(text)
  return write(withoutRules(value, presentRules(value)))
}

const others = {
  model: 'opus',
  permissions: { defaultMode: 'plan', allow: ['Bash(ls *)', 'Read(~/notes)'], deny: ['WebFetch'] },
  env: { A: 'é\u2028' },
}

for (const [what, text] of [
  ['two spaces', `${JSON.stringify(others, null, 2)}\n`],
  ['four spaces and no last line end', JSON.stringify(others, null, 4)],
  ['tabs and the line ends of Windows', `${JSON.stringify(others, null, '\t')}\n`.replaceAll('\n', '\r\n')],
  ['a byte order mark', `\ufeff${JSON.stringify(others, null, 2)}\n\n`],
] as const) {
  test(`settings with ${what} keep all that is theirs, and are the same again without the rules`, () => {
    const written = setUp(text)
    const { permissions, ...rest } = JSON.parse(written.replace('\ufeff', ''))
    assert.deepEqual(permissions, {
      defaultMode: 'plan',
      allow: [...others.permissions.allow, ...all.allow],
      deny: [...others.permissions.deny, ...all.deny],
      ask: all.ask,
    })
    assert.deepEqual(
      [rest, Object.keys(JSON.parse(written.replace('\ufeff', '')))],
      [{ model: 'opus', env: others.env }, Object.keys(others)],
    )
    assert.equal(takenOut(written), text)
    assert.equal(setUp(written), written)
  })
}

test('whatever settings hold, they are the same again after the rules were put in and taken out', () => {
  const json = fc.dictionary(fc.string(), fc.jsonValue())
  const list = fc.option(fc.array(fc.constantFrom('Bash(ls *)', 'Read', 'Bash(msp *)'), { minLength: 1 }), { nil: undefined })
  const permissions = fc.record({ allow: list, ask: list, deny: list, defaultMode: fc.constant('plan') })
  fc.assert(
    fc.property(json, fc.option(permissions, { nil: undefined }), (rest, given) => {
      const text = `${JSON.stringify({ ...rest, permissions: given }, null, 2)}\n`
      assert.equal(takenOut(setUp(text)), text)
    }),
  )
})

test('a rule that a person moved is left where it is; what is denied is denied besides', () => {
  const [comment = ''] = toRules(['ticket comment'])
  const [approve = ''] = toRules(personal)
  const text = JSON.stringify({ permissions: { allow: [comment, approve] } })
  const { allow, ask, deny } = JSON.parse(setUp(text)).permissions
  assert.deepEqual(allow, [comment, approve, ...all.allow])
  assert.deepEqual(
    ask,
    all.ask.filter((rule) => rule !== comment),
  )
  assert.deepEqual(deny, all.deny)
  assert.equal(rulesState(JSON.parse(setUp(text))), 'changed')
  assert.deepEqual(JSON.parse(takenOut(setUp(text))), JSON.parse(text))
})

test('the state of the rules', () => {
  assert.deepEqual([{}, { permissions: {} }, { permissions: { allow: all.allow } }, { permissions: all }].map(rulesState), [
    'missing',
    'missing',
    'outdated',
    'current',
  ])
})

const mend = 'Mend it, then run this again.'
for (const [text, message] of [
  ['{', 'settings.json is not valid JSON; nothing was written.'],
  ['{ // mine\n}', 'settings.json is not valid JSON; nothing was written.'],
  ['[]', 'settings.json is not an object in JSON; nothing was written.'],
  ['{"permissions": []}', 'settings.json is in a form that msp does not know ("permissions"); nothing was written.'],
  ['{"permissions": {"ask": "Bash"}}', '"permissions.ask" in settings.json is not a list; nothing was written.'],
] as const) {
  test(`settings that read ${JSON.stringify(text)} are refused`, () =>
    assert.throws(() => read(text), new MspError('config', message, { hint: mend })))
}

for (const text of ['{"a": 1, "a": 2}', '{"a": 1.0}', '{"a": 12345678901234567890}', '{"b": 1, "1": 2}']) {
  test(`settings that msp would write in another way are refused: ${text}`, () =>
    assert.throws(() => read(text), { code: 'config', message: /stays as it is\.$/ }))
}
