import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { BrowserContext } from 'playwright-core'

/** The Debian package of a browser that needs no display. */
export const chromiumPackages = ['chromium']

/** The path of a Chromium, or of Chrome, that is installed. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const paths = ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) => folders.map((folder) => join(folder, name)))
  return paths.find((path) => existsSync(path))
}

/** A test in a real browser without a window. Without one it is skipped, and fails when MSP_TEST_REQUIRE names `chromium`. */
export function chromiumTest(name: string, run: (browser: BrowserContext, t: TestContext) => Promise<void>): void {
  const path = findChromium()
  const missing = `NOT TESTED: there is no Chromium here. Install it: apt-get install -y --no-install-recommends ${chromiumPackages.join(' ')}`
  const isRequired = (process.env.MSP_TEST_REQUIRE ?? '').split(',').includes('chromium')
  test(name, { skip: path === undefined && !isRequired && missing }, async (t) => {
    if (path === undefined) throw new Error(missing)
    await run(await openChromium(t, path), t)
  })
}

/** With a home and a profile of its own, which go with the test. */
async function openChromium(t: TestContext, executablePath: string): Promise<BrowserContext> {
  const folder = mkdtempSync(join(tmpdir(), 'msp-chromium-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath,
    headless: true,
    // the first for root, the others for a machine without much shared memory and without a display
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    env: { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: folder, XDG_RUNTIME_DIR: folder },
  })
  t.after(() => browser.close())
  return browser
}
