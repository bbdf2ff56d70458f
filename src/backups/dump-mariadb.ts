import type { DatabasePlace } from '../db/open.ts'
import { MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import { isLoopback } from '../loopback.ts'
import { requireProgram, start } from './programs.ts'

type MariaDbPlace = Extract<DatabasePlace, { engine: 'mariadb' }>

/** The dump of the database as it is at one moment, while others go on working in it. Throws at its end when the program failed. */
export async function* dumpMariaDb(place: MariaDbPlace, signal: AbortSignal): AsyncGenerator<Buffer> {
  const what = ['--single-transaction', '--quick', '--routines', '--triggers', '--hex-blob', '--default-character-set=utf8mb4']
  const args = ['--no-defaults', ...toAddress(place), ...what, toDatabase(place)]
  // in the environment: everybody may read a command line
  const program = requireProgram('mariadb-dump')
  const running = start(program, args, place.password === undefined ? {} : { MYSQL_PWD: place.password })
  const kill = () => running.child.kill()
  signal.addEventListener('abort', kill)
  try {
    let end = ''
    for await (const chunk of running.child.stdout as AsyncIterable<Buffer>) {
      end = `${end}${chunk.subarray(-200).toString('latin1')}`.slice(-200)
      yield chunk
    }
    const status = await running.status
    signal.throwIfAborted()
    if (status !== 0)
      throw new MspError('storage', `mariadb-dump failed: ${running.said().replace(/\.$/, '') || 'it does not say why'}.`, {
        hint: 'See that the database answers and its user may read all of it: msp db status',
      })
    if (!end.includes('-- Dump completed'))
      throw new MspError('storage', 'mariadb-dump ended without saying that its dump is complete.', {
        hint: `See what it writes: ${[program, ...args].map(quoted).join(' ')} | tail`,
      })
  } finally {
    signal.removeEventListener('abort', kill)
    kill()
  }
}

const toDatabase = ({ url }: MariaDbPlace): string => decodeURIComponent(url.pathname.slice(1))

/** Host and port, or the socket, and the user; over the network only with verified TLS, as msp itself. */
function toAddress({ url }: MariaDbPlace): string[] {
  const user = `--user=${decodeURIComponent(url.username)}`
  const socket = url.searchParams.get('socketPath')
  if (socket !== null) return [`--socket=${socket}`, user]
  const tls = isLoopback(url.hostname) ? [] : ['--ssl', '--ssl-verify-server-cert']
  return ['--protocol=tcp', `--host=${url.hostname.replace(/^\[|\]$/g, '')}`, `--port=${url.port || 3306}`, user, ...tls]
}

/** The command that puts a dump back; it asks for the password. */
export function restoreCommandOf(place: MariaDbPlace, dump: string): string {
  const password = place.password === undefined ? [] : ['--password']
  const args = ['--no-defaults', ...toAddress(place), ...password, '--default-character-set=utf8mb4', toDatabase(place)]
  return `gzip -dc ${quoted(dump)} | mariadb ${args.map(quoted).join(' ')}`
}
