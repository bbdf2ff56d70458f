// Bundles src/ into dist/: start.cjs, which answers --version and --help by itself; main.cjs with all of msp, each part of it evaluated on
// first use; and a file for each package that only some commands need. CommonJS and few files: both make a start shorter than modules do.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'
import { z as zod } from 'zod'

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`The build needs the project's own Node 24; this is ${process.versions.node}. Run it with: npm run build`)
  process.exit(1)
}
process.chdir(fileURLToPath(new URL('..', import.meta.url)))

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const packages = [
  ...['chalk', 'chrono-node', 'commander', 'dotenv', 'got', 'inquirer', 'kysely', 'mysql2', 'oauth4webapi', 'open', 'ora'],
  ...['nodemailer/lib/mail-composer', 'nodemailer/lib/smtp-connection', 'pdfmake', 'tar', 'temporal-polyfill', 'yauzl', 'zod'],
]
// pdfmake brings the fonts without a licence file: this is what they say of themselves
const fontLicence = `Roboto (OFL-1.1)

Copyright 2011 The Roboto Project Authors (https://github.com/googlefonts/roboto-classic)

This Font Software is licensed under the SIL Open Font License, Version 1.1. This license is available with a FAQ at: https://openfontlicense.org`
const native = ['argon2', '@napi-rs/keyring']
const bundled = new Set()

/** Node's own modules that cost milliseconds, on first use: a file that imports one at its top would load it at every start. */
const lateBuiltins = {
  name: 'late-builtins',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:(child_process|crypto|fs\/promises|http|net|tty)$/ }, ({ path }) => ({ path, namespace: 'builtin' }))
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: lateBuiltin(path) }))
  },
}

function lateBuiltin(name) {
  const get = `process.getBuiltinModule('${name}')`
  const getters = Object.keys(process.getBuiltinModule(name)).map((key) => `get ${key}() { return ${get}.${key} }`)
  return `module.exports = { ${getters.join(', ')} }`
}

/** These imports stay imports, of the file beside. */
const elsewhere = (paths) => ({
  name: 'elsewhere',
  setup({ onResolve }) {
    for (const [from, path] of Object.entries(paths)) {
      const filter = new RegExp(`^${from.replaceAll('.', '\\.')}$`)
      onResolve({ filter }, ({ kind }) => (kind === 'entry-point' ? undefined : { path, external: true }))
    }
  },
})

const common = {
  bundle: true,
  format: 'cjs',
  // import() becomes a require on first use
  supported: { 'dynamic-import': false },
  platform: 'node',
  target: 'node24',
  minify: true,
  legalComments: 'none',
  define: { MSP_VERSION: JSON.stringify(version), 'import.meta.url': '__here' },
  logLevel: 'warning',
  metafile: true,
}
const own = { ...common, banner: { js: "const __here = process.getBuiltinModule('node:url').pathToFileURL(__filename).href" } }

rmSync('dist', { recursive: true, force: true })
await build({
  ...own,
  entryPoints: ['src/start.ts'],
  outfile: 'dist/start.cjs',
  plugins: [elsewhere({ './run.ts': './main.cjs' }), lateBuiltins],
})
const files = Object.fromEntries(packages.map((name) => [name, `./${name}.cjs`]))
await build({ ...own, entryPoints: ['src/run.ts'], outfile: 'dist/main.cjs', external: native, plugins: [elsewhere(files), lateBuiltins] })
for (const name of packages) {
  const stdin = { contents: name === 'zod' ? zodParts() : packageParts(name), resolveDir: '.', sourcefile: name }
  // mysql2 asks for its parts by computed names and must find all of Node as it is
  await build({ ...common, define: {}, stdin, outfile: `dist/${name}.cjs`, plugins: name === 'commander' ? [lateBuiltins] : [] })
}
copyFonts()
writeLicences()

/** Builds, and notes which packages are in it. */
async function build(options) {
  const { metafile } = await esbuild.build(options)
  for (const path of Object.keys(metafile.inputs)) {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? []
    if (folder) bundled.add(folder)
  }
}

/** A package with what msp imports of it. */
function packageParts(name) {
  const names = usedNames(name)
  // as Node has it: what is imported of a CommonJS file by default is all of it
  if (names.includes('default')) return `const loaded = require('${name}'); module.exports = loaded.default ?? loaded`
  return `export { ${names.join(', ')} } from '${name}'`
}

/** Of zod only what msp uses of its one object: all of it, with the messages of forty languages, would be five times as large. */
function zodParts() {
  const used = new Set(sources().flatMap((text) => [...text.matchAll(/\bz\.(\w+)/g)].map(([, name]) => name)))
  const names = [...used].filter((name) => zod[name] !== undefined).join(', ')
  return `import { ${names} } from 'zod'; export const z = { ${names} }`
}

function sources() {
  const paths = ['src', 'migrations'].flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => `${folder}/${file}`))
  return paths.filter((path) => path.endsWith('.ts')).map((path) => readFileSync(path, 'utf8'))
}

/** What msp imports of a package, so that the rest is left out. */
function usedNames(name) {
  const imports = new RegExp(`(?:import|const) \\{([^}]*)\\} (?:from|= await import\\()\\s*'${name}'`, 'g')
  const names = sources()
    .flatMap((text) => [...text.matchAll(imports)].flatMap(([, list]) => list.split(',')))
    .map((each) => each.split(':')[0].trim())
  return [...new Set(names.filter((each) => each !== '' && !each.startsWith('type ')))]
}

/** Those that src/reports/pdf.ts names. */
function copyFonts() {
  for (const font of ['Roboto-Regular.ttf', 'Roboto-Medium.ttf']) cpSync(`node_modules/pdfmake/fonts/Roboto/${font}`, `dist/fonts/${font}`)
}

/** The licences of what is bundled go with it. */
function writeLicences() {
  const texts = [...bundled].sort().map((folder) => {
    const { name, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))
    return `${name} (${license})\n\n${file ? readFileSync(`${folder}/${file}`, 'utf8').trim() : ''}`
  })
  texts.push(fontLicence)
  writeFileSync('dist/THIRD-PARTY-LICENCES.txt', `${texts.join('\n\n----\n\n')}\n`)
}
