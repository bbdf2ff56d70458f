import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { codeOf, MspError } from '../errors.ts'

/** Where a program of MariaDB is; a check, or a dump, that needs it cannot be made without. */
export function requireProgram(name: string): string {
  // the PATH of a person who is not root may lack the folder of mariadbd
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/opt/homebrew/bin']
  const path = folders.map((folder) => join(folder, name)).find((each) => existsSync(each))
  if (path !== undefined) return path
  throw new MspError('not_checked', `This needs ${name}, which is not installed here.`, {
    hint: 'Install MariaDB (Debian: apt-get install --no-install-recommends mariadb-server-core mariadb-client), or use another machine.',
  })
}

/** A program, and what it says. */
export interface Running {
  child: ChildProcessWithoutNullStreams
  /** Its exit status, once all that it said has come. */
  status: Promise<number>
  /** The end of what it said on stderr, on one line. */
  said(): string
}

/** Starts a program with nothing of our environment but the PATH and what it is given. */
export function start(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(program, args, { env: { PATH: process.env.PATH, ...env } })
  let log = ''
  child.stderr.on('data', (text) => {
    log = `${log}${text}`.slice(-4000)
  })
  const status = once(child, 'close').then(([code]) => code ?? 1)
  // it is awaited after the input was given, and must not end the process before
  status.catch(() => {})
  return { child, status, said: () => log.replace(/\s+/g, ' ').trim().slice(-500) }
}

/** Gives a program its input. One that does not want all of it says why by itself. */
export async function feed(input: AsyncIterable<Buffer> | Iterable<string>, { child }: Running): Promise<void> {
  try {
    await pipeline(input, child.stdin)
  } catch (error) {
    if (!['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(codeOf(error) ?? '')) throw error
  }
}
