import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { hasBrowser } from '../../src/oauth/browser.ts'
import { temporaryFolder } from '../support/engines.ts'

for (const [what, env, platform, expected] of [
  ['a Mac', {}, 'darwin', true],
  ['Windows', {}, 'win32', true],
  ['a Linux desktop with X', { DISPLAY: ':0' }, 'linux', true],
  ['a Linux desktop with Wayland', { WAYLAND_DISPLAY: 'wayland-0' }, 'linux', true],
  ['a Linux whose owner named a browser', { BROWSER: 'wslview' }, 'linux', true],
  ['a Linux without a display', {}, 'linux', false],
  ['a desktop that is used over SSH', { DISPLAY: ':0', SSH_CONNECTION: '10.0.0.1 5 10.0.0.2 22' }, 'linux', false],
  ['a Mac that is used over SSH', { SSH_TTY: '/dev/pts/1' }, 'darwin', false],
] as const) {
  test(`${what} ${expected ? 'has' : 'has no'} browser`, () => assert.equal(hasBrowser(env, platform), expected))
}

const onLinux = { skip: process.platform !== 'linux' && 'NOT TESTED: only Linux has xdg-open' }

/** Opens an address in a process in which this is the person's browser. Gives what msp thinks of it, and what the browser was given. */
async function openWith(t: TestContext, browser: string) {
  const folder = temporaryFolder(t)
  const [program, given] = [join(folder, 'browser'), join(folder, 'given')]
  writeFileSync(program, `#!/bin/sh\n${browser}\n`, { mode: 0o700 })
  const source = fileURLToPath(new URL('../../src/oauth/browser.ts', import.meta.url))
  const url = 'https://acme.example.com/a?b=c&d=$(id)'
  const script = `const { openBrowser } = await import(${JSON.stringify(source)}); console.log(await openBrowser(${JSON.stringify(url)}, 30_000))`
  const env = { PATH: process.env.PATH, HOME: folder, BROWSER: program, GIVEN: given }
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { said: said.trim(), given: existsSync(given) ? readFileSync(given, 'utf8') : '' }
}

test('the address reaches the browser as it is', onLinux, async (t) => {
  const opened = await openWith(t, `printf '%s' "$1" >"$GIVEN"`)
  assert.deepEqual(opened, { said: 'true', given: 'https://acme.example.com/a?b=c&d=$(id)' })
})

test('an opener that fails is noticed', onLinux, async (t) => {
  assert.deepEqual(await openWith(t, 'exit 3'), { said: 'false', given: '' })
})
