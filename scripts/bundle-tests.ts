import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { SourceMap, type SourceMapping } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'

/** A file that looks for another beside it looks beside the source. */
const ownUrls: Plugin = {
  name: 'own-urls',
  setup({ onLoad }) {
    onLoad({ filter: /\.(ts|m?js)$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      return {
        contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
        loader: path.endsWith('.ts') ? 'ts' : 'js',
      }
    })
  },
}

/** Of these, which are CommonJS and imported late, a bundle by itself would give no names. */
const names: Plugin = {
  name: 'names',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^(dotenv|mysql2|yauzl)$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, namespace: 'names' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'names' }, async ({ path }) => {
      const exported = Object.keys(await import(path)).filter((name) => /^\w+$/.test(name) && name !== 'default')
      return { contents: `export { ${exported.join(', ')} } from '${path}'`, resolveDir: '.' }
    })
  },
}

/** Bundles these tests, and the scripts that tests run as processes, into `folder`: a few files load far faster than the hundreds that msp and its packages are. */
export async function bundleTests(tests: readonly string[], folder: string): Promise<void> {
  mkdirSync(folder)
  // where the packages are found that do not go into a bundle
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction')
  await build({
    entryPoints: [...tests, 'test/**/*-process.ts'],
    outbase: 'test',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // for `atSources`: Node itself would read all of them at every start
    sourcemap: 'external',
    sourcesContent: false,
    // what is not JavaScript, or looks for files beside itself
    external: ['argon2', '@napi-rs/keyring', 'pdfmake', 'playwright-core'],
    // what is CommonJS asks for Node's own modules by it
    banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
    plugins: [ownUrls, names],
    logLevel: 'warning',
  })
}

/** The line with the place in the source instead of each place in a bundle; of a file as a whole with its name. */
export function atSources(line: string, folder: string): string {
  return line.replaceAll(/[^\s('"]*\/bundles\/([\w./-]+)\.mjs(?::(\d+)(?::(\d+))?)?/g, (place, name, row, column = '1') => {
    const map = join(folder, `${name}.mjs.map`)
    const isInside = row !== undefined && existsSync(map)
    const { originalSource, originalLine = 0, originalColumn = 0 } = isInside ? find(map, row - 1, column - 1) : {}
    if (originalSource === undefined) return name.endsWith('.test') ? `test/${name}.ts` : place
    return `${relative('.', resolve(dirname(map), originalSource))}:${originalLine + 1}:${originalColumn + 1}`
  })
}

const find = (map: string, line: number, column: number): Partial<SourceMapping> =>
  new SourceMap(JSON.parse(readFileSync(map, 'utf8'))).findEntry(line, column)
