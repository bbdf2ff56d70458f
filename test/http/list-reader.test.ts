import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MspError } from '../../src/errors.ts'
import { createListReader } from '../../src/http/list-reader.ts'
import { clientOf, get, startVendor } from './vendor.ts'

/** A taker that keeps what it was given since the list was last begun. */
function keeper() {
  const kept = { begun: 0, elements: [] as unknown[], pieces: 0 }
  const list = {
    begin: () => void Object.assign(kept, { begun: kept.begun + 1, elements: [], pieces: 0 }),
    take: (elements: unknown[]) => {
      kept.elements.push(...elements)
      kept.pieces++
    },
  }
  return { kept, list }
}

function readInPieces(text: string, cuts: readonly number[]) {
  const { kept, list } = keeper()
  const reader = createListReader(list)
  const bytes = Buffer.from(text)
  const places = [0, ...[...cuts].sort((one, other) => one - other), bytes.length]
  for (const [index, end] of places.slice(1).entries()) reader.write(bytes.subarray(places[index], end))
  return { end: reader.end(), elements: kept.elements, pieces: kept.pieces }
}

const tricky = fc.constantFrom('},{"', '},{"a":1', '"},{"', ']', '[{', '\\', 'ü', '€', '🙂', '\ufeff', '\n')
const words = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.array(tricky).map((parts) => parts.join('')),
)
const inner = fc.array(fc.dictionary(fc.constantFrom('x', 'y'), words, { maxKeys: 2 }), { maxLength: 3 })
const element = fc.dictionary(words, fc.oneof(words, fc.integer(), fc.constant(null), inner), { maxKeys: 4 })
const cutsOf = (text: string) => fc.array(fc.nat(Buffer.byteLength(text)), { maxLength: 12 })
const texts = fc
  .tuple(
    fc.array(element, { maxLength: 8 }),
    fc.constantFrom(undefined, 2),
    fc.constantFrom('', '\ufeff', ' \n'),
    fc.constantFrom('', ' \n'),
  )
  .map(([list, indent, before, after]) => before + JSON.stringify(list, null, indent) + after)

test('any list of objects is read as JSON.parse reads it, however it is printed and wherever it is cut', () =>
  fc.assert(
    fc.property(
      texts.chain((text) => fc.tuple(fc.constant(text), cutsOf(text))),
      ([text, cuts]) => {
        const elements = JSON.parse(text.replace(/^\ufeff/, ''))
        const read = readInPieces(text, cuts)
        assert.deepEqual([read.elements, read.end], [elements, { count: elements.length }])
      },
    ),
    { numRuns: 500 },
  ))

test('a list is read whichever byte it is cut at, and byte by byte', () => {
  const elements = [{ a: 'ü},{"b' }, { b: [{ c: '🙂' }, { d: 1 }] }, {}, { e: '\\"},{"' }]
  for (const text of [JSON.stringify(elements), `\ufeff${JSON.stringify(elements)}`, JSON.stringify(elements, null, 1)]) {
    const length = Buffer.byteLength(text)
    for (let cut = 0; cut <= length; cut++) assert.deepEqual(readInPieces(text, [cut]).elements, elements)
    assert.deepEqual(
      readInPieces(
        text,
        Array.from({ length }, (_, index) => index),
      ).elements,
      elements,
    )
  }
})

test('a long list is handed over while it comes in', () => {
  const elements = Array.from({ length: 100 }, (_, id) => ({ id, name: 'x'.repeat(50) }))
  const text = JSON.stringify(elements)
  const read = readInPieces(
    text,
    Array.from({ length: 9 }, (_, index) => (index + 1) * Math.floor(text.length / 10)),
  )
  assert.deepEqual(read, { end: { count: 100 }, elements, pieces: 11 })
})

test('what could not be taken waits, and is not read again at each mark but when twice as much of it has come', () => {
  const { kept, list } = keeper()
  const reader = createListReader(list)
  const steps = [
    '[{"a":1},{"a":2', // as far as the mark
    '},{"a":"', // ends within a text
    `${'x'.repeat(20)}},{"`, // ends it: what looks like the mark is none
    '},{"a":3},{"a":4', // has one, and is not tried
    `${'5'.repeat(40)}},{"a":6`,
  ].map((text) => {
    reader.write(Buffer.from(text))
    return [kept.elements.length, reader.waiting()]
  })
  assert.deepEqual(steps, [
    [1, 6],
    [2, 6],
    [2, 30],
    [2, 46],
    [5, 6],
  ])
})

for (const [name, text] of [
  ['nothing', ''],
  ['a web page', '<html>'],
  ['an object', '{"Message":"ok"}'],
  ['a list that ends in the middle', '[{"a":1},{"a":2},{"a":'],
  ['a list that ends between two elements', '[{"a":1},{"a":2}'],
  ['two lists', '[{"a":1}][{"a":2}]'],
  ['more behind the list', '[{"a":1},{"a":2}],{"a":3}'],
] as const) {
  test(`${name} is no list`, () => {
    for (let cut = 0; cut <= text.length; cut++) assert.equal('count' in readInPieces(text, [cut]).end, false, `cut at ${cut}`)
  })
}

const rows = Array.from({ length: 200 }, (_, id) => ({ id, name: 'Nightly ü' }))

test('a list comes through the client piece by piece, and the record says how long it was', async (t) => {
  const vendor = await startVendor(t, { body: rows })
  const { http, attempts } = clientOf(vendor.url)
  const { kept, list } = keeper()
  assert.deepEqual(await http.send({ ...get, list }), { count: 200 })
  assert.deepEqual(
    [kept.begun, kept.elements, attempts.map(({ status, answer }) => [status, answer])],
    [1, rows, [['success', { count: 200 }]]],
  )
})

test('an attempt that breaks half-way is begun anew, and nothing is taken twice', async (t) => {
  const text = JSON.stringify(rows)
  const vendor = await startVendor(
    t,
    (response) => void response.writeHead(200, { 'content-length': text.length }).write(text.slice(0, 4000), () => response.destroy()),
    { body: rows },
  )
  const { http, attempts } = clientOf(vendor.url)
  const { kept, list } = keeper()
  assert.deepEqual(await http.send({ ...get, list }), { count: 200 })
  assert.deepEqual(
    [vendor.received.length, kept.begun, kept.elements, attempts.map(({ status }) => status)],
    [2, 2, rows, ['error', 'success']],
  )
})

for (const [name, body, what] of [
  ['half a list', JSON.stringify(rows).slice(0, 3000), 'no whole list'],
  ['a list without its end', JSON.stringify(rows).slice(0, -1), 'no whole list'],
  ['one row without a list', JSON.stringify(rows[0]), 'no whole list'],
  ['an object that counts', '{"count":0,"data":[]}', 'no whole list'],
  ['a web page', '<html>', 'a web page'],
  ['nothing', '', 'nothing'],
] as const) {
  test(`${name} instead of a list is refused`, async (t) => {
    const vendor = await startVendor(t, { body })
    const { http, attempts } = clientOf(vendor.url)
    const message = `SyncroMSP answered with ${what} instead of data.`
    await assert.rejects(http.send({ ...get, list: keeper().list }), { name: 'HttpFailure', code: 'vendor', message })
    assert.deepEqual(
      attempts.map(({ status, error }) => [status, error]),
      [['error', message]],
    )
  })
}

test('a refusal of a list is said in the words of the vendor, and nothing is taken', async (t) => {
  const vendor = await startVendor(t, { status: 403, body: { error: 'No access to reports.' } })
  const { kept, list } = keeper()
  await assert.rejects(clientOf(vendor.url).http.send({ ...get, list }), {
    code: 'forbidden',
    message: 'SyncroMSP does not allow this: No access to reports (status 403).',
  })
  assert.deepEqual(kept.elements, [])
})

test('what a taker refuses is told as it said it, recorded, and not asked for again', async (t) => {
  const vendor = await startVendor(t, { body: rows })
  const { http, attempts } = clientOf(vendor.url)
  const take = () => {
    throw new MspError('vendor', 'These are no plans.')
  }
  await assert.rejects(http.send({ ...get, list: { begin: () => {}, take } }), { name: 'MspError', message: 'These are no plans.' })
  assert.deepEqual([vendor.received.length, attempts.map(({ status, error }) => [status, error])], [1, [['error', 'These are no plans.']]])
})

test('a bug in a taker stays what it is: no failure of the network, and nothing to ask for again', async (t) => {
  const vendor = await startVendor(t, { body: rows })
  const { http, attempts } = clientOf(vendor.url)
  const bug = new TypeError('x is undefined')
  const take = () => {
    throw bug
  }
  await assert.rejects(http.send({ ...get, list: { begin: () => {}, take } }), (error) => error === bug)
  assert.deepEqual([vendor.received.length, attempts.map(({ status, error }) => [status, error])], [1, [['error', 'x is undefined']]])
})
