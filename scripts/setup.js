// Makes a checkout ready to run: packages, the project's own Node, dist/. Silent and quick when nothing is to do.
// It is started by whatever Node the host has, so it keeps to what Node 14 knows.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const neededNode = 24
const sources = ['src', 'migrations', 'bin', 'scripts/build.js', 'package.json']

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const stamp = join('node_modules', '.msp-setup')
const ownNode = join('node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

installPackages()
buildBundle()

function installPackages() {
  const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex')
  if (existsSync(ownNode) && existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  if (!isInstalledAlready()) run('Installing the packages: npm ci', 'npm ci --include=dev', [], { shell: true })
  checkOwnNode()
  writeFileSync(stamp, lock)
}

/** npm writes a record of its own at the end of each install: newer than the lockfile, it was made from it. */
function isInstalledAlready() {
  const record = join('node_modules', '.package-lock.json')
  return existsSync(ownNode) && existsSync(record) && changedAt(record) >= changedAt('package-lock.json')
}

function checkOwnNode() {
  const { status, stdout } = spawnSync(ownNode, ['--version'], { encoding: 'utf8' })
  const major = status === 0 ? Number(stdout.slice(1).split('.')[0]) : 0
  if (major >= neededNode) return
  const found = major === 0 ? 'does not run' : `is ${stdout.trim()}`
  fail(
    `The project's own Node (${ownNode}) ${found} and ${neededNode} or newer is needed: ` +
      'the install script of the package `node` was blocked. Allow install scripts in npm, delete node_modules and start again.',
  )
}

function buildBundle() {
  if (existsSync('dist') && newest('dist') >= Math.max(...sources.map(newest))) return
  run('Building dist/', ownNode, ['scripts/build.js'])
}

/** When the file, or anything in the folder, was changed last. A folder's own time tells that a file was taken away. */
function newest(path) {
  const own = changedAt(path)
  if (!statSync(path).isDirectory()) return own
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), own)
}

function changedAt(path) {
  return statSync(path).mtimeMs
}

function run(what, command, args, options) {
  process.stderr.write(`${what}\n`)
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2], ...options })
  if (error) fail(`${command} could not be started: ${error.message}`)
  if (status !== 0) process.exit(status || 1)
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}
