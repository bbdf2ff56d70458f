import { mkdirSync, symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
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

/** Bundles the scripts that tests run as processes into `folder`: a few files load far faster than the hundreds that msp and its packages are. */
export async function bundleProcesses(folder: string): Promise<void> {
  mkdirSync(folder)
  // where the packages are found that do not go into a bundle
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction')
  await build({
    entryPoints: ['test/**/*-process.ts'],
    outbase: 'test',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: ['argon2', '@napi-rs/keyring'],
    // what is CommonJS asks for Node's own modules by it
    banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
    plugins: [ownUrls, names],
    logLevel: 'warning',
  })
}
