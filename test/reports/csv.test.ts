import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toInertLine } from '../../src/inert.ts'
import { toCsv } from '../../src/reports/csv.ts'
import { anyText } from '../support/text.ts'
import { samplePlan, sampleReport } from './sample.ts'

/** The rows of a file as RFC 4180 describes it, behind its byte order mark; anything else is an error. */
function parse(file: string): string[][] {
  const csv = file.replace(/^\ufeff/, '')
  const rows: string[][] = []
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y
  let row: string[] = []
  while (field.lastIndex < csv.length) {
    const at = field.lastIndex
    const [, raw = '', end] = field.exec(csv) ?? assert.fail(`No field at ${at}: ${csv.slice(at, at + 20)}`)
    row.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw)
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

const parts = fc.oneof(
  fc.constantFrom('=', '+', '-', '@', '＝', '＋', '－', '＠', ';', ',', '"', "'", ' ', '\t', '\r', '\n', '\u00a0'),
  anyText({ maxLength: 3 }),
)
const cellText = fc.array(parts, { maxLength: 6 }).map((each) => each.join(''))

test('each plan is a row of its own, with a column for each day', () => {
  const days = ['2026-01-14', '2026-01-15']
  const plans = [
    samplePlan({
      computer: 'NAS "Söhne", 2',
      status: 'warning',
      filesFailed: 2,
      reason: 'Two files\nwere in use.',
      days: ['noRun', 'warning'],
    }),
    samplePlan({
      status: 'neverRan',
      lastStart: null,
      lastSuccess: null,
      nextStart: null,
      protectedBytes: 0,
      sentBytes: 0,
      days: ['noData'],
    }),
  ]
  const lines = [
    '"client","date","computer","plan","type","status","last start","last success","next start","files failed","protected bytes","sent bytes","reason","2026-01-14","2026-01-15"',
    '"Grabb & Durando","2026-01-15","NAS ""Söhne"", 2","Nightly image","Image","warning","2026-01-15T10:32:00.000Z","2026-01-15T10:32:00.000Z","2026-01-16T10:32:00.000Z","2","64424509440","4831838208","Two files were in use.","no run","warning"',
    '"Grabb & Durando","2026-01-15","AD1","Nightly image","Image","never ran","","","","0","0","0","","no data","no data"',
  ]
  assert.equal(toCsv(sampleReport({ plans, days })), `\ufeff${lines.map((line) => `${line}\r\n`).join('')}`)
})

test('without a plan it is the heading alone', () => {
  assert.equal(parse(toCsv(sampleReport({ plans: [], days: [] }))).length, 1)
})

test('a cell that a spreadsheet would run is text', () => {
  const texts = ['=1+1', '+1', '-1', '@SUM(1)', '\t=1', '\r=1', '  =1', '＝1', '－1', 'a;=1;-2', 'a-b', 'a=b']
  const plans = texts.map((computer) => samplePlan({ computer }))
  const [, ...rows] = parse(toCsv(sampleReport({ plans })))
  assert.deepEqual(
    rows.map((cells) => cells[2]),
    ["'=1+1", "'+1", "'-1", "'@SUM(1)", "' =1", "' =1", "'  =1", "'＝1", "'－1", "a;'=1;'-2", 'a-b', 'a=b'],
  )
})

test('whatever the texts are, the cells come back, and none of them runs', () => {
  fc.assert(
    fc.property(cellText, fc.array(fc.tuple(cellText, cellText, cellText, cellText), { maxLength: 3 }), (client, texts) => {
      const plans = texts.map(([computer, plan, type, reason]) => samplePlan({ computer, plan, type, reason }))
      const [, ...rows] = parse(toCsv(sampleReport({ client, plans, days: [] })))
      const withoutQuotes = (text = '') => text.replaceAll("'", '')
      assert.deepEqual(
        rows.map((cells) => [cells.length, ...[0, 2, 3, 4, 12].map((index) => withoutQuotes(cells[index]))]),
        texts.map(([computer, plan, type, reason]) => [
          13,
          ...[client, computer, plan, type, reason].map((text) => withoutQuotes(toInertLine(text))),
        ]),
      )
      assert.deepEqual(
        rows.flat().filter((cell) => /(^|;)\s*[=+\-@＝＋－＠]/.test(cell)),
        [],
      )
    }),
  )
})
