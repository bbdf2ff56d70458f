import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { closedFolder } from './closed-folder.ts'
import { foldersOf } from './folders.ts'
import { helpText } from './nouns.ts'
import { openOutput } from './output.ts'
import { version } from './version.ts'

/** The process: answers at once what needs no program, else runs `main` with the real streams and clock. */
export async function start(): Promise<void> {
  const [word, ...others] = process.argv.slice(2)
  // a reader that is gone has seen enough
  const stdout = openOutput(
    () => process.stdout,
    1,
    () => {},
  )
  if (others.length === 0 && (word === '--version' || word === '-V')) return void stdout.write(`msp ${version()}\n`)
  if (word === undefined || (others.length === 0 && /^(--help|-h|help)$/.test(word))) return void stdout.write(helpText)
  process.umask(0o077)
  // what lies there is run as it is; without it msp only starts more slowly
  const cache = closedFolder(join(foldersOf(process.env).state, 'cache'))
  if (cache !== undefined) enableCompileCache(cache)
  const { run } = await import('./run.ts')
  await run()
}
