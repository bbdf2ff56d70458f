// Bundles src/ into dist/: start.js, which answers --version and --help by itself; main.js with all of msp, each part of it evaluated
// on first use; and a file for each package that only some commands need. Few files, since every one costs a start half a millisecond.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`The build needs the project's own Node 24; this is ${process.versions.node}. Run it with: npm run build`)
  process.exit(1)
}

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))

/** Packages that src/ imports late only: an import at the top of a file would load them at every start. */
const late = ['chalk', 'chrono-node', 'dotenv', 'got', 'inquirer', 'mysql2', 'ora']

/** Packages that files which are loaded late import at their top: required on first use. */
const lateRequired = ['commander', 'kysely', 'temporal-polyfill', 'zod']

const common = {
  outdir: `${root}/dist`,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  legalComments: 'none',
  define: { MSP_VERSION: JSON.stringify(version) },
  logLevel: 'warning',
  metafile: true,
}

const bundled = new Set()

/** Builds, and notes which packages are in it. */
async function build(options) {
  const { metafile } = await esbuild.build(options)
  for (const path of Object.keys(metafile.inputs)) {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? []
    if (folder) bundled.add(folder)
  }
}

/** The licences of what is bundled go with it. */
function writeLicences() {
  const texts = [...bundled].sort().map((folder) => {
    const { name, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))
    return `${name} (${license})\n\n${file ? readFileSync(`${folder}/${file}`, 'utf8').trim() : ''}`
  })
  writeFileSync('dist/THIRD-PARTY-LICENCES.txt', `${texts.join('\n\n----\n\n')}\n`)
}

/** Leaves these imports as they are, at another path. */
const elsewhere = (paths) => ({
  name: 'elsewhere',
  setup({ onResolve }) {
    for (const [from, to] of Object.entries(paths)) {
      onResolve({ filter: new RegExp(`^${from.replaceAll('.', '\\.')}$`) }, ({ kind, importer }) => {
        if (kind === 'entry-point' || /node_modules/.test(importer)) return undefined
        if (kind !== 'dynamic-import') return { errors: [{ text: `${from} must be imported late: await import('${from}')` }] }
        return { path: to, external: true }
      })
    }
  },
})

/** Node's own modules on first use, too: imported at the top of the one file, all of them would be loaded at every start (node:http alone takes 15 ms). */
const lateBuiltins = {
  name: 'late-builtins',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }))
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: lateBuiltin(path) }))
  },
}

const latePackages = {
  name: 'late-packages',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: new RegExp(`^(${lateRequired.join('|')})$`) }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path, namespace: 'required' },
    )
    onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = lateRequire('./${path}.cjs')`,
    }))
  },
}

function lateBuiltin(name) {
  const get = `process.getBuiltinModule('${name}')`
  const builtin = process.getBuiltinModule(name)
  if (typeof builtin === 'function') return `module.exports = ${get}`
  const getters = Object.keys(builtin).map((key) => `get ${key}() { return ${get}.${key} }`)
  return `module.exports = { ${getters.join(', ')} }`
}

// bundled CommonJS packages ask for these three
const banner = [
  "import { createRequire as __createRequire } from 'node:module'",
  "import { fileURLToPath as __toPath } from 'node:url'",
  'const require = __createRequire(import.meta.url), __filename = __toPath(import.meta.url), __dirname = __toPath(new URL(".", import.meta.url))',
].join(';')

process.chdir(root)
rmSync(`${root}/dist`, { recursive: true, force: true })
await build({ ...common, entryPoints: { start: `${root}/src/start.ts` }, plugins: [elsewhere({ './run.ts': './main.js' }), lateBuiltins] })
await build({
  ...common,
  entryPoints: { main: `${root}/src/run.ts` },
  external: ['argon2', '@napi-rs/keyring'],
  banner: { js: "const lateRequire = process.getBuiltinModule('node:module').createRequire(import.meta.url)" },
  plugins: [elsewhere(Object.fromEntries(late.map((name) => [name, `./${name}.js`]))), lateBuiltins, latePackages],
})
for (const name of late) {
  // chrono-node has no default export, mysql2 as CommonJS nothing else
  const contents = `export * from '${name}'${name === 'chrono-node' ? '' : `; export { default } from '${name}'`}`
  await build({
    ...common,
    stdin: { contents, resolveDir: root, sourcefile: `${name}.js` },
    outdir: undefined,
    outfile: `${root}/dist/${name}.js`,
    banner: { js: banner },
  })
}
for (const name of lateRequired) {
  const contents = `export { ${usedNames(name).join(', ')} } from '${name}'`
  await build({
    ...common,
    format: 'cjs',
    stdin: { contents, resolveDir: root },
    outdir: undefined,
    outfile: `${root}/dist/${name}.cjs`,
    plugins: [lateBuiltins],
  })
}
writeLicences()

/** What msp imports of a package, so that the rest is left out. */
function usedNames(name) {
  const files = ['src', 'migrations'].flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { recursive: true }).map((file) => `${root}/${folder}/${file}`),
  )
  const imports = new RegExp(`import \\{([^}]*)\\} from '${name}'`, 'g')
  const names = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(imports)].flatMap(([, list]) => list.split(',')))
  return [...new Set(names.map((each) => each.trim()).filter((each) => each !== '' && !each.startsWith('type ')))]
}
