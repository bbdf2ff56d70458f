import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { posix, sep } from 'node:path'
import { test } from 'node:test'

// A folder or file may use the steps after its own, and its step-mates as long as no circle comes of it.
const steps = [
  'start',
  'run',
  'main',
  'program',
  'nouns',
  'commands',
  'app',
  'claude webhooks sandbox',
  'integrations',
  'outbox reports',
  'sessions tickets time backups documents tasks clients mail sharing',
  'pace records vault oauth',
  'http db',
  'agent config io prompt files output interrupt local-file read-only own-files',
  'inert zone world version pick owner size loopback object shorten waiting live-secrets untrusted make-folders closed-folder folders user',
  'errors',
  'migrations',
].map((step) => step.split(' '))

/** Packages that only one place may know. */
const walls: Record<string, RegExp> = {
  commander: /^src\/(commands\/|program\.ts|main\.ts)/,
  inquirer: /^src\/prompt\.ts/,
  chalk: /^src\/io\.ts/,
  ora: /^src\/io\.ts/,
  got: /^src\/http\//,
  oauth4webapi: /^src\/oauth\//,
  kysely: /^(src\/db\/|src\/[^/]+\/store\.ts|migrations\/)/,
  mysql2: /^src\/db\//,
  argon2: /^src\/vault\//,
  '@napi-rs/keyring': /^src\/vault\//,
  pdfmake: /^src\/reports\//,
  nodemailer: /^src\/integrations\/smtp\//,
  aws4fetch: /^src\/integrations\/files\//,
  yauzl: /^src\/backups\//,
  tar: /^src\/backups\//,
}

const sources = ['src', 'migrations']
  .flatMap((root) => readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => `${root}/${name.split(sep).join('/')}`))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(file, 'utf8') }))
const find = (pattern: RegExp, { file, text }: (typeof sources)[number]) =>
  [...text.matchAll(pattern)].map(([, to = '']) => ({
    from: file,
    to: to.startsWith('.') ? posix.join(posix.dirname(file), to) : to,
  }))
const imports = sources.flatMap((source) => find(/\b(?:from |import |import\()'([^']+)'/g, source))
/** What a file needs before it runs itself: neither types nor what `import()` fetches later. */
const loads = sources
  .map(({ file, text }) => ({ file, text: text.replace(/^(?:import|export) type \{[^}]*\} from '[^']+'/gm, '') }))
  .flatMap((source) => find(/\b(?:from|import) '(\.[^']+)'/g, source))
const own = imports.filter(({ to }) => /^(src|migrations)\//.test(to))
const folder = (path: string) => path.replace(/^src\//, '').split(/[/.]/)[0] ?? ''
const step = (path: string) => steps.findIndex((names) => names.includes(folder(path)))
const room = (path: string) => /^src\/(?:integrations|commands|sandbox)\/[^/]+(?=\/)/.exec(path)?.[0]
const packageOf = (to: string) => (to.startsWith('@') ? to.split('/').slice(0, 2).join('/') : (to.split('/')[0] ?? ''))

/** Takes edges away that lead nowhere or come from nowhere, until none is left but circles. */
function circles(edges: string[][]): string[][] {
  const left = edges.filter(([from, to]) => edges.some((edge) => edge[0] === to) && edges.some((edge) => edge[1] === from))
  return left.length === edges.length ? left : circles(left)
}

const never = (what: string, found: () => unknown[]) => test(`never ${what}`, () => assert.deepEqual(found(), []))

test('there are imports to look at', () => assert.ok(own.length > 100 && loads.length > 100))
never('a folder without a step', () => own.flatMap(({ from, to }) => [from, to]).filter((path) => step(path) === -1))
never('an import that points up', () => own.filter(({ from, to }) => step(to) < step(from)))
never('a circle of folders', () => circles(own.map(({ from, to }) => [folder(from), folder(to)]).filter(([from, to]) => from !== to)))
// a constant that a file reads at its top may not be there yet: which one is first then depends on the order of imports elsewhere
never('a circle of files that need each other to load', () => circles(loads.map(({ from, to }) => [from, to])))
never('a vendor or a noun that knows another', () => own.filter(({ from, to }) => room(from) && room(to) && room(from) !== room(to)))
never('a sandbox that shares code with what it tests', () =>
  own.filter(({ from, to }) => folder(from) === 'sandbox' && folder(to) === 'integrations'),
)
never('a package outside its wall', () => imports.filter(({ from, to }) => walls[packageOf(to)]?.test(from) === false))
never('a query outside a store', () =>
  [...new Set(own.map(({ from }) => from))]
    .filter((file) => !/^(src\/db\/|src\/[^/]+\/store\.ts|migrations\/)/.test(file))
    .filter((file) => /\.(selectFrom|insertInto|updateTable|deleteFrom)\(/.test(readFileSync(file, 'utf8'))),
)
// io makes text harmless and takes secrets out of it; the others hand it the streams, or print what msp itself says: help and version
never('a word that goes around io', () =>
  [...new Set(imports.map(({ from }) => from))]
    .filter((file) => !/^src\/(io|output|program|start|run|prompt|main)\.ts$/.test(file))
    .filter((file) => /process\.(stdout|stderr)|console\.|\b(stdout|stderr)\.write\(/.test(readFileSync(file, 'utf8'))),
)
