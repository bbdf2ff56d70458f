import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { avoidOverlap, findOverlap, type Span } from '../../src/time/when.ts'

const at = (minutes: number): Date => new Date(Date.UTC(2026, 0, 15, 0, minutes))
const span = (start: number, end: number): Span => ({ start: at(start), end: at(end) })
const minutesOf = ({ start, end }: Span) => [start, end].map((time) => (time.getTime() - at(0).getTime()) / 60_000)

for (const [name, wanted, others, expected] of [
  ['nothing in its way', span(60, 90), [], [60, 90]],
  ['one before it that ends where it starts', span(60, 90), [span(0, 60)], [60, 90]],
  ['one after it that starts where it ends', span(60, 90), [span(90, 100)], [60, 90]],
  ['one at its end', span(60, 90), [span(80, 100)], [50, 80]],
  ['one inside it', span(60, 90), [span(70, 75)], [40, 70]],
  ['one around it', span(60, 90), [span(0, 200)], [-30, 0]],
  ['one that leaves too small a gap before another', span(60, 90), [span(70, 90), span(40, 60)], [10, 40]],
  ['one that leaves room enough before another', span(60, 90), [span(70, 90), span(0, 40)], [40, 70]],
  ['a long one that began before a short one', span(60, 90), [span(0, 100), span(70, 75)], [-30, 0]],
] as const) {
  test(`a span moves for ${name}`, () => {
    assert.deepEqual(minutesOf(avoidOverlap(wanted, others)), expected)
    assert.deepEqual(minutesOf(avoidOverlap(wanted, [...others].reverse())), expected)
  })
}

const spans = fc
  .tuple(fc.integer({ min: 0, max: 1440 }), fc.integer({ min: 1, max: 300 }))
  .map(([start, length]) => span(start, start + length))

test('a moved span keeps its length, goes back only, touches nothing, and ends where it was meant to or where another starts', () =>
  fc.assert(
    fc.property(spans, fc.array(spans), (wanted, others) => {
      const moved = avoidOverlap(wanted, others)
      assert.equal(moved.end.getTime() - moved.start.getTime(), wanted.end.getTime() - wanted.start.getTime())
      assert.ok(moved.end <= wanted.end)
      assert.equal(findOverlap(moved, others), undefined)
      const places = [wanted.end, ...others.map(({ start }) => start)].map(Number)
      assert.ok(places.includes(Number(moved.end)))
    }),
  ))

test('spans that only touch do not overlap', () => {
  const others = [span(0, 60), span(90, 120)]
  assert.deepEqual([findOverlap(span(60, 90), others), findOverlap(span(59, 90), others)], [undefined, others[0]])
})
