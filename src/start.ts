import { enableCompileCache } from 'node:module'
import { helpText } from './nouns.ts'
import { version } from './version.ts'

/** The process: answers at once what needs no program, else runs `main` with the real streams and clock. */
export async function start(cacheFolder: string): Promise<void> {
  const { argv, stdout } = process
  // a reader that is gone has seen enough
  stdout.on('error', () => {})
  const [word, ...others] = argv.slice(2)
  if (others.length === 0 && (word === '--version' || word === '-V')) return void stdout.write(`msp ${version()}\n`)
  if (word === undefined || (others.length === 0 && /^(--help|-h|help)$/.test(word))) return void stdout.write(helpText)
  process.umask(0o077)
  enableCompileCache(cacheFolder)
  const { run } = await import('./run.ts')
  await run()
}
