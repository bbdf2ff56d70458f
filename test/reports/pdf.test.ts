import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { toText } from '../../src/reports/pdf/text.ts'
import { toPdf } from '../../src/reports/pdf.ts'
import { popplerTest, readBounds, readInfo, readPages } from '../support/poppler.ts'
import { samplePlan, sampleReport } from './sample.ts'

popplerTest('the pages say what the report says', async () => {
  const plans = sampleReport().plans.filter(({ status }) => ['failed', 'noResult', 'neverRan', 'successful'].includes(status))
  const pdf = await toPdf(sampleReport({ plans }))
  assert.deepEqual(readPages(pdf), [
    [
      'Backup report',
      'Grabb & Durando',
      'Thursday, 15 January 2026',
      'Action is needed: 3 of 4 plans did not back up as expected.',
      'Latest backup report: 4 jobs, 1 failed, 1 no result, 1 never ran, 1 successful, 180 GB total.',
      'Source: The backup vendor, asked when this report was made. Data taken: 2026-01-15 14:32. Time zone: America/Phoenix.',
      '4 1 0 1 0 1 0 0 1 0 180 GB 13.5 GB',
      'total successful warning failed overdue no result gone running never ran unknown protected sent',
      'Oldest success: 2026-01-09 04:32 (6 days ago), GD-WS07, Nightly files',
      '1 failed 1 no result 1 never ran 1 successful',
      'Plans',
      '4 plans, the worst first. Each mark under Days is one day, from 2025-12-19 to 2026-01-15, the latest at the right:',
      'successful warning failed overdue unknown running no run no data',
      'Status Computer Plan Type Last start Next start Files Protected Sent Reason Days',
      'failed',
      'failed GD-FS01 Nightly files Files 2026-01-15 03:32 2026-01-16 03:32 118 60 GB 4.5 GB The storage is full: The storage limit of the user',
      '11 h ago is reached.',
      'Last success: 2026-01-14 05:02 (34 h ago)',
      'no result <b>"NAS" & Söhne</b> Täglich € Image 2026-01-13 02:32 2026-01-16 03:32 0 60 GB 4.5 GB A run was expected by 2026-01-14 08:00.',
      '3 days ago Last success: 2026-01-15 03:32 (11 h ago)',
      'never ran GD-WS09 Nightly files Image never ran 2026-01-16 03:32 0 0 bytes 0 bytes No success is known.',
      'successful AD1 Nightly image Image 2026-01-15 03:32 2026-01-16 03:32 0 60 GB 4.5 GB',
      '11 h ago',
      'Restore tests and consistency checks',
      'Latest restore test: successful, GD-FS01, Test restore, 2026-01-07 06:32 (8 days ago)',
      'Latest consistency check: not recorded',
      'Cross-check',
      'MSP Backups counts for itself, and differs from this report:',
      'successful: 1 in this report, 2 at MSP Backups',
      'Backup report · Grabb & Durando · 2026-01-15 Page 1 of 2',
    ],
    [
      'Notes',
      'Sizes are sums over plans.',
      'Times that MSP Backups sends without a zone are read as UTC.',
      'Microsoft 365 and Google backups are not covered.',
      'Backup report · Grabb & Durando · 2026-01-15 Page 2 of 2',
    ],
  ])
})

popplerTest('the document names itself and its language, and leads nowhere', async () => {
  const pdf = await toPdf(sampleReport({ client: 'Bäcker & Söhne 株式会社', notes: ['See https://example.com/ for more.'] }))
  const { Title, Pages } = readInfo(pdf)
  const isIn = (word: string) => pdf.includes(word)
  assert.deepEqual([Title, Pages], ['Backup report: Bäcker & Söhne 株式会社, 2026-01-15', '2'])
  assert.deepEqual(['/Lang (en)', '/Annot', '/URI', '/JavaScript'].map(isIn), [true, false, false, false])
})

popplerTest('without a plan the report says so in words', async () => {
  const report = sampleReport({ plans: [], oldestSuccess: null, evidence: { restore: null, check: null }, crossChecks: [], notes: [] })
  const [lines = [], ...more] = readPages(await toPdf(report))
  assert.deepEqual(
    [lines[3], lines.slice(6), more],
    [
      'There is no backup plan: nothing protects this client.',
      [
        '0 0 0 0 0 0 0 0 0 0 0 bytes 0 bytes',
        'total successful warning failed overdue no result gone running never ran unknown protected sent',
        'Oldest success: none',
        'Plans',
        'There is no backup plan for this client. Nothing protects its data.',
        'Restore tests and consistency checks',
        'Latest restore test: not recorded',
        'Latest consistency check: not recorded',
        'Cross-check',
        'The backup vendor gives no counts of its own to compare with.',
        'Backup report · Grabb & Durando · 2026-01-15 Page 1 of 1',
      ],
      [],
    ],
  )
})

popplerTest('500 plans are all there, under a heading on each page, and the pages are counted', async () => {
  const sample = sampleReport().plans
  const plans = Array.from({ length: 500 }, (_, index) => ({
    ...(sample[index % sample.length] ?? samplePlan()),
    computer: `WS-${index}-`,
  }))
  const pages = readPages(await toPdf(sampleReport({ plans })))
  const found = pages.flat().flatMap((line) => line.match(/WS-\d+-/)?.[0] ?? [])
  assert.deepEqual(
    found,
    plans.map(({ computer }) => computer),
  )
  const withPlans = pages.filter((lines) => lines.some((line) => line.includes('WS-')))
  assert.deepEqual(
    withPlans.filter((lines) => !lines.some((line) => line.startsWith('Status Computer Plan'))),
    [],
  )
  assert.deepEqual(
    pages.map((lines) => /Page .*$/.exec(lines.at(-1) ?? '')?.[0]),
    pages.map((_, index) => `Page ${index + 1} of ${pages.length}`),
  )
})

popplerTest('no name, however long, leaves the page or hides the rest of its row', async () => {
  const texts = ['W'.repeat(5000), 'a-b/'.repeat(500), `${'x'.repeat(70)} ${'y'.repeat(70)}`, 'https://example.com/'.repeat(100)]
  const plans = texts.map((text) =>
    samplePlan({ ...{ computer: text, plan: text, type: text, reason: text }, filesFailed: 1e12, protectedBytes: 1e18, sentBytes: 1e18 }),
  )
  const [text = ''] = texts
  const evidence = { computer: text, plan: text, at: new Date('2026-01-15T10:00:00Z'), status: 'failed' } as const
  const report = sampleReport({
    ...{ client: text, plans, notes: texts, oldestSuccess: evidence, evidence: { restore: evidence, check: evidence } },
    crossChecks: [{ vendor: text, differences: [{ what: text, ours: 1, theirs: 2 }] }],
  })
  const pdf = await toPdf(report)
  const { left, right, bottom } = readBounds(pdf)
  assert.deepEqual([left >= 27, right <= 842 - 27, bottom <= 595 - 10], [true, true, true])
  assert.equal(
    readPages(pdf)
      .flat()
      .filter((line) => line.includes('Last success') || line.startsWith('successful W')).length,
    1,
  )
})

popplerTest('letters of Latin, Greek and Cyrillic stay, what the font lacks is a stand-in, and what acts is shown', async () => {
  const plans = [
    samplePlan({ computer: 'Größe ẞ ŵ ő', plan: 'Ωμέγα', type: 'Ёлка' }),
    samplePlan({ computer: '日本', plan: '💾 fi 👍🏽', type: 'שלום' }),
    samplePlan({ computer: 'a\u202eb', plan: 'o\u0308\u0000', type: '\ud800' }),
  ]
  const lines = readPages(await toPdf(sampleReport({ plans, notes: [] }))).flat()
  assert.deepEqual(
    lines.flatMap((line) => /^successful (?!warning)(.*) 2026-01-15/.exec(line)?.[1]?.replace(' 2026-01-15 03:32', '') ?? []),
    ['Größe ẞ ŵ ő Ωμέγα Ёлка', '�� � fi �� ����', 'a\\u{202e}b ö^@ \\u{d800}'],
  )
})

test('each letter that is not replaced has a shape in the fonts', () => {
  const { openSync } = createRequire(createRequire(import.meta.url).resolve('pdfmake/package.json'))('fontkit')
  const kept = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter((letter) => toText(letter) === letter)
  const folder = new URL('../../node_modules/pdfmake/fonts/Roboto/', import.meta.url)
  for (const file of ['Roboto-Regular.ttf', 'Roboto-Medium.ttf']) {
    const font = openSync(fileURLToPath(new URL(file, folder)))
    assert.deepEqual(
      kept.filter((letter) => !font.hasGlyphForCodePoint(letter.codePointAt(0))),
      [],
    )
  }
  assert.ok(kept.length > 800, `only ${kept.length}`)
})
