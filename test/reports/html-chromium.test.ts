import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import type { BackupReport } from '../../src/backups/report.ts'
import { toHtml } from '../../src/reports/html.ts'
import { chromiumTest } from '../support/chromium.ts'
import { samplePlan, sampleReport } from './sample.ts'

const axe = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const [desk, phone] = [
  { width: 1280, height: 900 },
  { width: 360, height: 740 },
]

/** The report as a file in the browser, and what the page complained of or asked for. */
async function open(t: TestContext, browser: BrowserContext, report: BackupReport) {
  const folder = mkdtempSync(join(tmpdir(), 'msp-page-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'report.html')
  writeFileSync(file, toHtml(report))
  const page = await browser.newPage()
  const [complaints, requests]: [string[], string[]] = [[], []]
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => requests.push(request.url()))
  const url = pathToFileURL(file).href
  await page.goto(url)
  return { page, url, complaints, requests }
}

/** What axe-core has against the page as it is shown now. */
const listFaults = (page: Page): Promise<string[]> =>
  page.evaluate(`axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`)

const isTooWide = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')

chromiumTest('a page is quiet, accessible by day and night, fits a phone, and is reached by keyboard', async (browser, t) => {
  const long = 'a'.repeat(300)
  const report = sampleReport({ client: long, plans: [...sampleReport().plans, samplePlan({ computer: long, plan: long, reason: long })] })
  const { page, url, complaints, requests } = await open(t, browser, report)
  await page.evaluate(axe)
  for (const viewport of [desk, phone])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme })
      assert.deepEqual([viewport.width, colorScheme, await listFaults(page)], [viewport.width, colorScheme, []])
      assert.deepEqual([viewport.width, await isTooWide(page)], [viewport.width, false])
    }

  assert.equal(await page.title(), `Backup report: ${long}, 2026-01-15`)
  assert.deepEqual(await page.evaluate(`[...document.querySelectorAll('h1, h2, h3')].map(({ tagName }) => tagName)`), [
    ...['H1', 'H2', 'H2', 'H2', 'H2', 'H2'],
  ])
  const drawings = `[...document.querySelectorAll('svg')].filter((svg) => svg.getAttribute('role') !== 'img' || !svg.getAttribute('aria-label'))`
  assert.deepEqual(await page.evaluate(`${drawings}.map(({ outerHTML }) => outerHTML)`), [])

  await page.keyboard.press('Tab')
  assert.deepEqual(await page.evaluate(`[document.activeElement.getAttribute('role'), !!document.activeElement.querySelector('table')]`), [
    'region',
    true,
  ])

  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)')
  assert.deepEqual([complaints, requests], [[], [url]])

  const empty = await open(t, browser, sampleReport({ plans: [], oldestSuccess: null, crossChecks: [], notes: [] }))
  await empty.page.evaluate(axe)
  assert.deepEqual([await listFaults(empty.page), empty.complaints, empty.requests], [[], [], [empty.url]])
})
