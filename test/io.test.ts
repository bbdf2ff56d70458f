import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createIo, toFields } from '../src/io.ts'
import { startMsp } from './support/msp.ts'
import { recordingIo, recordingStream } from './support/recording.ts'
import { anyText } from './support/text.ts'

const rows = [
  { name: 'Bell & Sons', note: 'Fuser replaced', at: new Date('2026-04-01T14:00:00.000Z'), minutes: 30, billable: true, tags: ['a', 'b'] },
  { name: '東京支店', note: 'ｆｕｌｌ', at: null, minutes: 0, billable: false, tags: [] },
  { name: 'Café e\u0301', note: '✅ done', at: null, minutes: null, billable: false, tags: ['x'] },
]
type Row = (typeof rows)[number]
const columns: Array<keyof Row> = ['name', 'minutes', 'billable', 'at', 'tags', 'note']

test('in a pipe a list has a line for each item and a tab between its cells, without a heading', () => {
  const io = recordingIo()
  io.list(rows, columns)
  assert.deepEqual(io.stdout, [
    'Bell & Sons\t30\tyes\t2026-04-01T14:00:00.000Z\ta, b\tFuser replaced',
    '東京支店\t0\tno\t\t\tｆｕｌｌ',
    'Café e\u0301\t\tno\t\tx\t✅ done',
  ])
})

test('on a terminal a list is a table whose columns stand below each other, whatever they hold', () => {
  const io = recordingIo({ terminal: true })
  io.list(rows, columns)
  assert.deepEqual(io.stdout, [
    'NAME         MINUTES  BILLABLE  AT                TAGS  NOTE',
    'Bell & Sons  30       yes       2026-04-01 07:00  a, b  Fuser replaced',
    '東京支店     0        no                                ｆｕｌｌ',
    'Café e\u0301                no                          x     ✅ done',
  ])
})

test('a time that is none is a question mark, and the rest is shown', () => {
  const [pipe, terminal] = [recordingIo(), recordingIo({ terminal: true })]
  const damaged = { name: 'Bell & Sons', at: new Date(Number.NaN), minutes: 30 }
  for (const io of [pipe, terminal]) io.show(damaged, ['name', 'at', 'minutes'])
  pipe.show(damaged, ['name'], ['name', 'at'])
  assert.deepEqual(
    [pipe.stdout[0], JSON.parse(pipe.stdout.slice(1).join('\n')), terminal.stdout],
    ['Bell & Sons\t?\t30', { name: 'Bell & Sons', at: null }, ['NAME     Bell & Sons', 'AT       ?', 'MINUTES  30']],
  )
})

test('one item is a line in a pipe, and a line for each column on a terminal', () => {
  const [pipe, terminal] = [recordingIo(), recordingIo({ terminal: true })]
  for (const io of [pipe, terminal]) io.show(rows[0] as Row, ['name', 'at', 'minutes'])
  assert.deepEqual(pipe.stdout, ['Bell & Sons\t2026-04-01T14:00:00.000Z\t30'])
  assert.deepEqual(terminal.stdout, ['NAME     Bell & Sons', 'AT       2026-04-01 07:00', 'MINUTES  30'])
})

test('an empty list is nothing, with a heading neither', () => {
  const [pipe, terminal] = [recordingIo(), recordingIo({ terminal: true })]
  for (const io of [pipe, terminal]) io.list([] as Row[], columns)
  assert.deepEqual([pipe.stdout, terminal.stdout], [[], []])
})

for (const [note, width, expected] of [
  ['abcdefghijklmnopqrstuvwxyz', 30, 'x  abcdefghijklmnopqrstuvwxyz'],
  ['abcdefghijklmnopqrstuvwxyz12', 30, 'x  abcdefghijklmnopqrstuvwxyz…'],
  ['漢'.repeat(20), 30, `x  ${'漢'.repeat(13)}…`],
  ['e\u0301'.repeat(27), 30, `x  ${'e\u0301'.repeat(27)}`],
  ['a'.repeat(60), 10, `x  ${'a'.repeat(9)}…`],
] as const) {
  test(`the last column of a table ${width} wide is shortened to its room (${note.slice(0, 4)})`, () => {
    const stdout = recordingStream({ isTTY: true, columns: width })
    createIo({ stdout, stderr: recordingStream(), zone: () => 'UTC' }).list([{ x: 'x', note }], ['x', 'note'])
    assert.deepEqual(stdout.lines, ['X  NOTE', expected])
  })
}

test('a table of very many rows is printed', () => {
  const io = recordingIo({ terminal: true })
  io.list(
    Array.from({ length: 200_000 }, (_, id) => ({ id })),
    ['id'],
  )
  assert.deepEqual([io.stdout.length, io.stdout.at(-1)], [200_001, '199999'])
})

test('no cell of a list holds a tab, a line break or anything that acts on a terminal', () => {
  const text = fc.oneof(anyText(), fc.constantFrom('\t', '\n', '\r\n', '\x1b[2J', '\u2028', '\u202e', '\x00'))
  const cell = fc.oneof(text, fc.array(text), fc.record({ text }), fc.boolean(), fc.integer(), fc.constant(null), fc.constant(undefined))
  fc.assert(
    fc.property(fc.array(fc.record({ a: cell, b: cell, c: cell }), { minLength: 1, maxLength: 5 }), (items) => {
      const io = recordingIo()
      io.list(items, ['a', 'b', 'c'])
      assert.equal(io.stdout.length, items.length)
      for (const line of io.stdout) {
        assert.equal(line.split('\t').length, 3)
        assert.doesNotMatch(line, /[\p{Cc}--\t]|[\u2028\u2029\u202a-\u202e]|\p{Surrogate}/v)
      }
    }),
    { numRuns: 500 },
  )
})

test('whatever is said, shown or printed as a document acts on no terminal, and a document says what it said', () => {
  const text = fc.oneof(anyText(), fc.constantFrom('\t', '\r', '\x1b[2J', '\x9b2J', '\u2028', '\u202e', '\u200b', '\u{e0041}', '\ud83d'))
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), fc.boolean(), (texts, terminal) => {
      const io = recordingIo({ terminal })
      io.json({ texts })
      assert.deepEqual(JSON.parse(io.stdout.join('\n')), { texts })
      for (const each of texts) {
        io.out(each)
        io.err(each, 'bad')
      }
      io.show({ texts }, ['texts'])
      for (const line of [...io.stdout, ...io.stderr])
        assert.doesNotMatch(
          line,
          /[\p{Cc}--\t]|[\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/v,
        )
    }),
    { numRuns: 300 },
  )
})

const evil = 'Backup\x1b]0;owned\x07 \x1b[2Jfailed\u202e \u200b\r\nInvoice paid\tyes\u{e0041}'
const shown = 'Backup^[]0;owned^G ^[[2Jfailed\\u{202e} \\u{200b} Invoice paid yes\\u{e0041}'

test('a subject with escape codes is harmless on a terminal, in a pipe and in JSON', async (t) => {
  const [pipe, terminal] = [await startMsp(t, { sandbox: true }), await startMsp(t, { sandbox: true, terminal: true })]
  for (const { sandbox } of [pipe, terminal]) {
    const [{ id } = assert.fail()] = sandbox.syncro.addTickets({ number: 20001, subject: evil, client: 'Dataforth' })
    sandbox.syncro.addComment(id, { subject: evil, body: `First\r\n${evil}`, tech: '\x1b[31mMallory' })
  }
  const [asLine] = (await pipe.msp('ticket', 'show', 'T20001', '--json=subject')).stdout.slice(1)
  assert.equal(asLine, '  "subject": "Backup\\u001b]0;owned\\u0007 \\u001b[2Jfailed\\u202e \\u200b\\r\\nInvoice paid\\tyes\\udb40\\udc41"')
  const { stdout: piped } = await pipe.msp('ticket', 'show', 'T20001')
  assert.equal(piped[0]?.split('\t')[1], shown)
  const { stdout } = await terminal.msp('ticket', 'show', 'T20001')
  assert.equal(
    stdout.find((line) => line.startsWith('SUBJECT')),
    `SUBJECT     ${shown}`,
  )
  const body = ['  First', `  ${shown.replace(' Invoice paid ', '\n  Invoice paid\t')}`].join('\n').split('\n')
  assert.deepEqual([piped.slice(-3), stdout.slice(-3)], [body, body])
  const [listed] = (await pipe.msp('ticket', 'search', 'Backup', '--limit', '1')).stdout
  assert.ok(listed?.includes(shown))
  for (const line of [...piped, ...stdout]) assert.doesNotMatch(line, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]/)
})

test("an error with a vendor's words in it stays JSON, whatever they are", async (t) => {
  const { msp } = await startMsp(t)
  const { stderr } = await msp('integrate', 'remove', 'soft\u00adhyphen\u202e\x1b[2J', '--json')
  assert.equal(JSON.parse(stderr.join('\n')).error.message, 'There is no integration "soft\u00adhyphen\u202e\x1b[2J".')
})

const red = '\x1b[31mThere is no integration "x".\x1b[39m'
const plain = 'There is no integration "x".'

for (const [name, terminal, env, argv, expected] of [
  ['a terminal', true, {}, [], red],
  ['a pipe', false, {}, [], plain],
  ['NO_COLOR', true, { NO_COLOR: '1' }, [], plain],
  ['an empty NO_COLOR', true, { NO_COLOR: '' }, [], red],
  ['TERM=dumb', true, { TERM: 'dumb' }, [], plain],
  ['CLICOLOR=0', true, { CLICOLOR: '0' }, [], plain],
  ['--no-color', true, {}, ['--no-color'], plain],
  ['CLICOLOR_FORCE in a pipe', false, { CLICOLOR_FORCE: '1' }, [], red],
  ['CLICOLOR_FORCE=0 in a pipe', false, { CLICOLOR_FORCE: '0' }, [], plain],
  ['CLICOLOR_FORCE with NO_COLOR', false, { CLICOLOR_FORCE: '1', NO_COLOR: '1' }, [], red],
  ['CLICOLOR_FORCE with --no-color', true, { CLICOLOR_FORCE: '1' }, ['--no-color'], plain],
] as const) {
  test(`${name}: ${expected === red ? 'colour' : 'no colour'}`, async (t) => {
    const { msp } = await startMsp(t, { terminal, env: { NO_COLOR: undefined, TERM: 'xterm', ...env } })
    assert.equal((await msp('integrate', 'remove', 'x', ...argv)).stderr[0], expected)
  })
}

test('fields are the ones that were asked for, in their order', () => {
  const known = ['id', 'name', 'at']
  assert.deepEqual([toFields(true, known), toFields('', known), toFields('at, id', known)], [known, known, ['at', 'id']])
  assert.throws(() => toFields('id,nam', known), {
    code: 'usage',
    message: 'There is no field "nam".',
    hint: 'The fields are: id, name, at',
  })
})
