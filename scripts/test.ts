// What `npm test` runs: sees to MariaDB, a keyring, Chromium and Poppler, starts one MariaDB for the whole run, bundles test/**/*.test.ts
// or the files that are named, and has node:test run what it bundled, each file in a process of its own. An argument that begins with -
// goes to node: npm test -- --test-name-pattern=outbox
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { availableParallelism, freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { withoutAgent } from '../src/agent.ts'
import { chromiumPackages, findChromium } from '../test/support/chromium.ts'
import { hasKeyring, keyringPackages } from '../test/support/keyring.ts'
import { findLeaks, plantedIn } from '../test/support/leaks.ts'
import { hasMariaDb, mariaDbPackages, startMariaDb } from '../test/support/mariadb.ts'
import { hasPoppler, popplerPackages } from '../test/support/poppler.ts'
import { atSources, bundleTests } from './bundle-tests.ts'

const parts = [
  { name: 'MariaDB', isHere: () => Boolean(process.env.MSP_TEST_DATABASE_URL) || hasMariaDb(), packages: mariaDbPackages },
  { name: 'a keyring', isHere: hasKeyring, packages: keyringPackages },
  { name: 'Chromium', isHere: () => findChromium() !== undefined, packages: chromiumPackages },
  { name: 'Poppler', isHere: hasPoppler, packages: popplerPackages },
]
const aptGetPath = '/usr/bin/apt-get'
const memoryPath = '/dev/shm'
// every file is a process, and some of them wait more than they work
const concurrency = Math.min(availableParallelism() + 1, 8)

// msp refuses settings and data that others could change: none of what a test lays there is
process.umask(0o022)
process.chdir(fileURLToPath(new URL('..', import.meta.url)))
installMissing()
for (const { name, packages } of missing()) {
  say(`WITHOUT ${name} ITS TESTS CANNOT RUN. Install it (Debian: apt-get install -y --no-install-recommends ${packages.join(' ')}).`)
}
// all temporary folders go here, so that nothing stays behind when the tests are interrupted
const folder = mkdtempSync(join(folderInMemory() ?? tmpdir(), 'msp-tests-'))
process.env.TMPDIR = folder
const server = hasMariaDb() && !process.env.MSP_TEST_DATABASE_URL ? await startMariaDb() : undefined
const bundles = join(folder, 'bundles')
const args = process.argv.slice(2)
const named = args.filter((arg) => !arg.startsWith('-'))
try {
  await bundleTests(named.length > 0 ? named : ['test/**/*.test.ts'], bundles)
  process.exitCode = await runTests({
    ...withoutSettings(process.env),
    ...(server === undefined ? {} : { MSP_TEST_DATABASE_URL: server.url }),
    ...{ TMPDIR: folder, TMP: folder, TEMP: folder },
    // every file is a process that loads nearly all of msp: compiled once, it takes a fifth less
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    MSP_TEST_BUNDLES: bundles,
    MSP_TEST_TEMPLATES: join(folder, 'templates'),
  })
} finally {
  // while the server runs: its files go with it
  sayLeaks(findLeaks(folder))
  await server?.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/** Where nothing waits for a disk, which takes a third of the time. Undefined where it has no room or may not run programs. */
function folderInMemory(): string | undefined {
  const mounts = existsSync('/proc/mounts') ? readFileSync('/proc/mounts', 'utf8').split('\n') : []
  const options = mounts.map((line) => line.split(' ')).find(([, path]) => path === memoryPath)?.[3]
  if (process.env.TMPDIR || options === undefined || options.split(',').includes('noexec')) return undefined
  const { bavail, bsize } = statfsSync(memoryPath)
  return bavail * bsize >= 4 * 2 ** 30 && freemem() >= 8 * 2 ** 30 ? memoryPath : undefined
}

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`)
}

function missing() {
  return parts.filter(({ isHere }) => !isHere())
}

function installMissing(): void {
  const packages = missing().flatMap((part) => part.packages)
  if (packages.length === 0 || process.getuid?.() !== 0 || !existsSync(aptGetPath)) return
  say(`Installing what the tests need: ${packages.join(' ')}`)
  withoutServices(() => {
    aptGet('update')
    aptGet('install', '-y', '--no-install-recommends', ...packages)
  })
}

/** apt-get's own words are shown only when it fails: the tests that miss something will say so themselves. */
function aptGet(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(aptGetPath, ['-q', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status !== 0) say(`apt-get ${args[0]} failed:\n${stdout}${stderr}`)
}

/** Debian asks this file before a package starts its service; 101 means no. */
function withoutServices(install: () => void): void {
  const policy = '/usr/sbin/policy-rc.d'
  const isOurs = !existsSync(policy)
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    install()
  } finally {
    if (isOurs) rmSync(policy)
  }
}

async function runTests(env: NodeJS.ProcessEnv): Promise<number> {
  const options = args.filter((arg) => arg.startsWith('-'))
  const always = ['--test', '--test-reporter=spec', `--test-concurrency=${concurrency}`]
  const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
  const runner = spawn(process.execPath, [...always, ...options, join(bundles, '**/*.test.mjs')], {
    stdio: ['inherit', 'pipe', 'pipe'],
    env: { ...env, ...colour },
  })
  const said = [watch(runner.stdout, process.stdout), watch(runner.stderr, process.stderr)]
  // whichever it is: on SIGTERM the runner ends the tests that are under way
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => runner.kill('SIGTERM'))
  const [status] = await once(runner, 'close')
  const leaks = said.flatMap((leaksOf) => leaksOf())
  sayLeaks(leaks)
  return leaks.length > 0 ? 1 : (status ?? 1)
}

/** Passes on what is said; gives the lines in which a secret stands that tests plant. */
function watch(from: Readable, to: NodeJS.WriteStream): () => string[] {
  const lines: string[] = []
  createInterface(from).on('line', (line) => {
    lines.push(line)
    to.write(`${atSources(line, bundles)}\n`)
  })
  return () => {
    const leak = plantedIn(lines.join('\n'))
    return leak === undefined ? [] : [`what the tests said holds ${leak}`]
  }
}

function sayLeaks(leaks: readonly string[]): void {
  if (leaks.length === 0) return
  say(`A SECRET LEAKED: ${leaks.join('; ')}.`)
  process.exitCode = 1
}

/** Neither the settings of the msp that the developer uses nor the agent who may have started them must reach the tests. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(withoutAgent(env)).filter(([name]) => !name.startsWith('MSP_') || name.startsWith('MSP_TEST_')))
}
