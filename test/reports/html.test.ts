import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planStatuses } from '../../src/backups/backup.ts'
import type { BackupReport } from '../../src/backups/report.ts'
import { toHtml } from '../../src/reports/html.ts'
import { samplePlan, sampleReport } from './sample.ts'

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** What a page says between its tags, a line for each stretch of text. */
const toTexts = (html: string): string[] =>
  html
    .replace(/^[\s\S]*<body>/, '')
    .replace(/<title>[^<]*<\/title>/g, '')
    .split(/<[^>]*>/)
    .map((text) => text.replace(/&(#?\w+);/g, (_, name) => entities[name] ?? '?').trim())
    .filter((text) => text !== '')

/** The texts of a section, its heading among them. */
function toSectionTexts(html: string, id: string): string[] {
  const [, section = ''] = new RegExp(`<section aria-labelledby="${id}">([\\s\\S]*?)</section>`).exec(html) ?? []
  return toTexts(section)
}

const toVerdictTexts = (report: BackupReport): string[] => toTexts(/<p class="verdict[\s\S]*?<\/p>/.exec(toHtml(report))?.[0] ?? '')

test('a page says who, when, how it went, where the data is from, and each plan with the worst first', () => {
  const failed = samplePlan({
    ...{
      computer: 'GD-FS01',
      plan: 'Nightly files',
      type: 'Files',
      status: 'failed',
      filesFailed: 118,
      nextStart: null,
      lastSuccess: null,
    },
    ...{ reason: 'The storage is full.', days: ['noData', 'failed'] },
  })
  const plans = [failed, samplePlan({ days: ['successful', 'successful'] })]
  const html = toHtml(sampleReport({ plans, days: ['2026-01-14', '2026-01-15'] }))
  assert.deepEqual(toTexts(html), [
    ...['Backup report', 'Grabb & Durando', 'Thursday, 15 January 2026'],
    'Action is needed: 1 of 2 plans did not back up as expected.',
    'Latest backup report: 2 jobs, 1 failed, 1 successful, 120 GB total.',
    ...['Source', 'The backup vendor, asked when this report was made'],
    ...['Data taken', '2026-01-15 14:32', 'Time zone', 'America/Phoenix'],
    ...['Totals', 'total', '2', 'successful', '1', 'warning', '0', 'failed', '1', 'overdue', '0', 'no result', '0', 'gone', '0'],
    ...['running', '0', 'never ran', '0', 'unknown', '0', 'protected', '120 GB', 'sent', '9 GB'],
    ...['oldest success', '2026-01-09 04:32', '(6 days ago)', 'GD-WS07', ',', 'Nightly files'],
    ...['1', '1', '1 failed', '1 successful'],
    ...['Plans', 'Each sign under', 'Days', 'is one day, from', '2026-01-14', 'to', '2026-01-15', ', the latest at the right:'],
    ...['successful', 'warning', 'failed', 'overdue', 'unknown', 'running', 'no run', 'no data'],
    ...['2 plans of', 'Grabb & Durando', ', the worst first'],
    ...['Computer and plan', 'Status', 'Last start', 'Next start', 'Files failed', 'Protected', 'Sent', 'Days'],
    ...['GD-FS01', 'Nightly files', ',', 'Files', 'failed', 'The storage is full.', 'No success is known.'],
    ...['2026-01-15 03:32', '(11 h ago)', 'not known', '118', '60 GB', '4.5 GB'],
    ...['AD1', 'Nightly image', ',', 'Image', 'successful'],
    ...['2026-01-15 03:32', '(11 h ago)', '2026-01-16 03:32', '0', '60 GB', '4.5 GB'],
    ...['Restore tests and consistency checks', 'Latest restore test', 'successful', 'GD-FS01', ',', 'Test restore', ','],
    ...['2026-01-07 06:32', '(8 days ago)', 'Latest consistency check', 'not recorded'],
    ...['Cross-check', 'MSP Backups', 'counts for itself, and differs from this report:', 'Figure', 'This report', 'MSP Backups'],
    ...['successful', '1', '2'],
    ...['Notes', 'Sizes are sums over plans.', 'Times that MSP Backups sends without a zone are read as UTC.'],
    'Microsoft 365 and Google backups are not covered.',
  ])
})

test('the counts on a page are those of the totals, which add up', () => {
  const report = sampleReport()
  const { totals } = report
  const numbers = toSectionTexts(toHtml(report), 'totals').slice(2, 21)
  const shown = numbers.filter((_, index) => index % 2 === 0).map(Number)
  const { totalJobs, successful, warning, failed, overdue, noResult, gone, running, neverRan, unknown } = totals
  assert.deepEqual(shown, [totalJobs, successful, warning, failed, overdue, noResult, gone, running, neverRan, unknown])
  assert.equal(
    shown.slice(1).reduce((sum, count) => sum + count, 0),
    totalJobs,
  )
  assert.equal(toHtml(report).match(/<th scope="row"><bdi>/g)?.length, totalJobs)
})

const named = (name: string): BackupReport =>
  sampleReport({
    ...{ client: name, zone: 'UTC', days: ['2026-01-15'], notes: [name], oldestSuccess: { computer: name, plan: name, at: new Date(0) } },
    plans: [samplePlan({ computer: name, plan: name, type: name, status: 'failed', reason: name, days: ['failed'] })],
    evidence: {
      restore: { computer: name, plan: name, at: new Date(0), status: 'failed' },
      check: { computer: name, plan: name, at: new Date(0), status: 'failed' },
    },
    crossChecks: [
      { vendor: name, differences: [{ what: name, ours: 1, theirs: 2 }] },
      { vendor: name, differences: [] },
    ],
  })

for (const name of [
  '</title></style><script>alert(1)</script>',
  `"><img src=x onerror='alert(1)'>`,
  '<!-- ',
  '&lt;b&gt; &amp; https://example.com',
]) {
  test(`a name only ever is text: ${name}`, () => {
    const html = toHtml(named(name))
    assert.deepEqual(html.match(/<[^>]*>/g), toHtml(named('name')).match(/<[^>]*>/g))
    assert.equal(toTexts(html).filter((text) => text === name.trim()).length, 17)
  })
}

test('a character that hides or turns text around is shown instead', () => {
  const html = toHtml(named('PC\u202e\u0000\u200b\n1'))
  assert.match(html, /<bdi>PC\\u\{202e\}\^@\\u\{200b\} 1<\/bdi>/)
  assert.doesNotMatch(html, /[\u202e\u0000\u200b]/)
})

test('a page loads nothing, runs nothing and leads nowhere', () => {
  const html = toHtml(sampleReport())
  assert.match(html, /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">/)
  assert.doesNotMatch(html, /<(script|link|img|a|iframe|object|embed|form|base)\b|\b(href|src|on\w+)=|url\(|@import|https?:/i)
})

test('a client without a plan is told that nothing protects it', () => {
  const html = toHtml(
    sampleReport({ plans: [], oldestSuccess: null, evidence: { restore: null, check: null }, crossChecks: [], notes: [] }),
  )
  const totals = toSectionTexts(html, 'totals')
  const parts = ['plans', 'evidence', 'cross-check', 'notes'].map((id) => toSectionTexts(html, id))
  assert.deepEqual(toTexts(/<p class="verdict bad[\s\S]*?<\/p>/.exec(html)?.[0] ?? ''), [
    'There is no backup plan: nothing protects this client.',
    'Latest backup report: 0 jobs, 0 bytes total.',
  ])
  assert.deepEqual(
    [totals.slice(0, 3), totals.slice(-2)],
    [
      ['Totals', 'total', '0'],
      ['oldest success', 'none'],
    ],
  )
  assert.deepEqual(parts, [
    ['Plans', 'There is no backup plan for this client. Nothing protects its data.'],
    ['Restore tests and consistency checks', 'Latest restore test', 'not recorded', 'Latest consistency check', 'not recorded'],
    ['Cross-check', 'The backup vendor gives no counts of its own to compare with.'],
    [],
  ])
})

const [successful, warning, running] = [samplePlan(), samplePlan({ status: 'warning' }), samplePlan({ status: 'running' })]
const differs = [{ vendor: 'MSP Backups', differences: [{ what: 'failed', ours: 0, theirs: 1 }] }]
for (const [what, change, verdict] of [
  ['all successful', { plans: [successful] }, 'All is well: the latest backup of every plan was successful.'],
  ['one running', { plans: [running, successful] }, 'Nothing is known to be wrong; still running: 1 of 2 plans.'],
  ['a warning', { plans: [warning] }, 'A closer look is needed: 1 of 1 plan ended with a warning or in a state that is not known.'],
  [
    'the vendor counts otherwise',
    { plans: [successful], crossChecks: differs },
    'A closer look is needed: the counts of MSP Backups differ from those of this report.',
  ],
  [
    'one that failed is paused',
    { plans: [samplePlan({ status: 'failed', isWrong: false }), running, successful] },
    'Nothing is known to be wrong; still running: 1 of 3 plans; nothing is expected now of 1 of 3 plans.',
  ],
  ['one gone', { plans: [samplePlan({ status: 'gone' }), warning] }, 'Action is needed: 1 of 2 plans did not back up as expected.'],
] as const) {
  test(`the verdict when ${what}`, () => {
    const report = sampleReport({ crossChecks: [], ...change, plans: [...change.plans] })
    assert.equal(toVerdictTexts(report)[0], verdict)
  })
}

test('the vendor that counts the same is said to agree', () => {
  const html = toHtml(sampleReport({ crossChecks: [{ vendor: 'MSP Backups', differences: [] }] }))
  assert.deepEqual(toSectionTexts(html, 'cross-check'), ['Cross-check', 'MSP Backups', 'counts for itself, and agrees with this report.'])
})

test('a past day says whether the data is a copy of that day or what the vendor still knows of it', () => {
  const toSource = (source: BackupReport['source']) =>
    toTexts(/<dl class="about">[\s\S]*?<\/dl>/.exec(toHtml(sampleReport({ source })))?.[0] ?? '')[1]
  assert.deepEqual(
    [toSource('snapshot'), toSource('history')],
    ["A copy of the backup vendor's answer, kept since that day", 'What the backup vendor still knows of that day'],
  )
})

test('the strip has one sign for each day, sums them up and names the days that are worth a look', () => {
  const plans = [samplePlan({ days: ['successful', 'failed', 'noData', 'failed'] })]
  const html = toHtml(sampleReport({ plans, days: ['2026-01-12', '2026-01-13', '2026-01-14', '2026-01-15'] }))
  const [, label, drawn = ''] = /aria-label="(4 days[^"]*)"[^>]*>(.*?)<\/svg>/.exec(html) ?? []
  assert.equal(label, '4 days: 1 successful, 2 failed, 1 no data')
  assert.deepEqual(
    [...drawn.matchAll(/class="(\w+)" d="([^"]*)"><title>([^<]*)/g)].map(([, result, outline = '', title]) => [
      ...[result, [...outline.matchAll(/M(\d+)/g)].map(([, left]) => Number(left))],
      title,
    ]),
    [
      ['successful', [0], 'successful'],
      ['failed', [8, 24], 'failed: 2026-01-13, 2026-01-15'],
      ['noData', [16], 'no data'],
    ],
  )
})

test('the pieces of the bar fill it, and one that is too narrow goes without its number', () => {
  const plans = [samplePlan({ status: 'failed' }), ...Array.from({ length: 99 }, () => samplePlan())]
  const [bar = ''] = /<svg class="chart"[\s\S]*?<\/svg>/.exec(toHtml(sampleReport({ plans }))) ?? []
  assert.equal(
    bar,
    '<svg class="chart" role="img" aria-label="How the plans stand: 1 failed, 99 successful" width="100%" height="32">' +
      '<rect class="failed" x="0%" width="1%" height="32"/>' +
      '<rect class="successful" x="1%" width="99%" height="32"/><text x="50.5%" y="21">99</text></svg>',
  )
})

test('a page of 500 plans stays small', () => {
  const { plans } = sampleReport()
  const many = sampleReport({ plans: Array.from({ length: 500 }, () => plans[0] ?? samplePlan()) })
  assert.ok(toHtml(many).length < 1_500_000)
})

/** How bright a colour of the form #1b2129 or #fff is, by the rule of WCAG 2. */
function toLuminance(colour: string): number {
  const digits = colour.length === 4 ? colour.replace(/\w/g, '$&$&') : colour
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(digits.slice(start, start + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

// axe-core leaves out what is one character long
test('the numbers in the bar can be read on every colour, by day and by night', () => {
  const schemes = [...toHtml(sampleReport()).matchAll(/:root \{[^}]*--paper[^}]*\}/g)].map(([scheme]) => scheme)
  const tooFaint = schemes.flatMap((scheme) => {
    const colours = new Map([...scheme.matchAll(/--([\w-]+): (#\w+)/g)].map(([, name = '', colour = '']) => [name, toLuminance(colour)]))
    const number = colours.get('on-fill') ?? 0
    return planStatuses.filter((status) => {
      const [dark = 0, bright = 0] = [number, colours.get(status) ?? number].toSorted((a, b) => a - b)
      return (bright + 0.05) / (dark + 0.05) < 4.5
    })
  })
  assert.deepEqual([schemes.length, tooFaint], [2, []])
})
