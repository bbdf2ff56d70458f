import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { chromiumTest } from '../support/chromium.ts'
import { serveOnLoopback } from '../support/loopback.ts'
import { before, connectedAtSandbox, redirectOf, startSignIn } from './sign-in-start.ts'

const client = ['--client-id', 'sandbox-oauth-client']
const [ended, waiting] = [
  'msp has the answer and says in the terminal how it went. You can close this page.',
  'This is not the sign-in that msp waits for. It goes on waiting.',
]

/** msp, whose browser is this one: `visit` is what the person does on the page of the vendor. Gives what the pages complained of too. */
async function start(t: TestContext, browser: BrowserContext, visit: (page: Page, url: string) => Promise<unknown>) {
  const complaints: string[] = []
  const started = await startSignIn(t, {
    limits: { signIn: 30_000 },
    visit: async (url) => {
      const page = await browser.newPage()
      page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
      page.on('pageerror', (error) => complaints.push(String(error)))
      await page.goto(url)
      await visit(page, url)
      return (await page.innerText('body')).trim()
    },
  })
  return { ...started, complaints }
}

/** What the page shows: its title, its lines, its buttons. */
const shown = async (page: Page) => ({
  title: await page.title(),
  text: (await page.innerText('body')).split('\n').filter((line) => line.trim() !== ''),
  buttons: await page.getByRole('button').allInnerTexts(),
})

async function press(page: Page, button: 'Allow' | 'Deny'): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click()
  await page.waitForURL(/\/callback\/syncro\?/)
}

chromiumTest('in Chromium the person reads what is asked for, presses Allow, and is told to look at the terminal', async (browser, t) => {
  const pages: unknown[] = []
  const { signIn, complaints } = await start(t, browser, async (page) => {
    pages.push(await shown(page))
    await press(page, 'Allow')
    const { searchParams } = new URL(page.url())
    pages.push([...searchParams.keys()])
  })
  const result = await signIn(...client)
  assert.deepEqual(result, connectedAtSandbox)
  assert.deepEqual(pages, [
    {
      title: 'Sandbox: sign in to SyncroMSP',
      text: [
        'Sandbox: sign in to SyncroMSP',
        'msp asks to act for Mike Swanson <mike@example.com> at sandbox:',
        'tickets:read',
        'tickets:write',
        'time_entries:write',
        'Allow Deny',
      ],
      buttons: ['Allow', 'Deny'],
    },
    ['code', 'state'],
  ])
  assert.deepEqual([result.page, complaints], [ended, []])
})

chromiumTest('in Chromium the person presses Deny, and nothing is stored', async (browser, t) => {
  const { signIn, complaints, requireNothing } = await start(t, browser, (page) => press(page, 'Deny'))
  const result = await signIn(...client)
  assert.deepEqual(result, {
    exitCode: 4,
    stdout: [],
    stderr: [...before, 'The sign-in was refused at SyncroMSP (access_denied). Nothing was stored.', 'Start it again and agree there.'],
  })
  assert.deepEqual([result.page, complaints], [ended, []])
  requireNothing()
})

chromiumTest('in Chromium no other page, and nothing that the browser asks for by itself, ends the wait', async (browser, t) => {
  const elsewhere = await serveOnLoopback(
    t,
    () => (_, response) => void response.setHeader('content-type', 'text/html').end('<p>Elsewhere</p>'),
  )
  const seen: unknown[] = []
  const { signIn } = await start(t, browser, async (page, url) => {
    const callback = redirectOf(url).href
    const other = await browser.newPage()
    for (const address of [
      `${callback}?error=access_denied`,
      `${callback}?code=stolen&state=guessed`,
      new URL('/favicon.ico', callback).href,
    ]) {
      const response = await other.goto(address)
      seen.push([response?.status(), (await other.innerText('body')).trim()])
    }
    await other.goto(elsewhere)
    seen.push(await other.evaluate(fetchAs, { url: `${callback}?error=access_denied`, mode: 'cors' as const }))
    seen.push(await other.evaluate(fetchAs, { url: `${callback}?error=access_denied`, mode: 'no-cors' as const }))
    seen.push(await other.evaluate(frameOf, `${callback}?error=access_denied`))
    await press(page, 'Allow')
  })
  const result = await signIn(...client)
  assert.deepEqual(result, connectedAtSandbox)
  assert.deepEqual(seen, [[400, waiting], [400, waiting], [404, 'There is nothing here.'], 'TypeError', 'opaque 0', 'loaded'])
  assert.equal(result.page, ended)
})

/** Runs in the page: what it can see of an answer. */
const fetchAs = ({ url, mode }: { url: string; mode: 'cors' | 'no-cors' }): Promise<string> =>
  fetch(url, { mode }).then(
    ({ type, status }) => `${type} ${status}`,
    (error: Error) => error.name,
  )

/** Runs in the page: opens the address in a frame. */
const frameOf = (url: string): Promise<string> =>
  new Promise((resolve) => {
    const { document } = globalThis as unknown as { document: FramedDocument }
    const frame = document.createElement('iframe')
    frame.onload = () => resolve('loaded')
    frame.src = url
    document.body.append(frame)
  })

/** So much of a page's document as that needs. */
interface FramedDocument {
  createElement(name: 'iframe'): { src: string; onload: () => void }
  body: { append(element: object): void }
}
