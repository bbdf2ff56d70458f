import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DatabasePlace } from '../../src/db/open.ts'

/** A server of our own on this machine, without databases. */
export interface PrivateMariaDb {
  /** `mysql://root@127.0.0.1:PORT/`: there is no password. */
  url: string
  /** Kills the server, and starts it again on the same data. */
  crash(): Promise<void>
  /** Ends the server and removes its folder. */
  stop(): Promise<void>
}

/** What to install on Debian; neither package starts a service. */
export const mariaDbPackages = ['mariadb-server-core', 'mariadb-client']

const startSeconds = 30

/** True when this machine has the programs of MariaDB. */
export const hasMariaDb = (): boolean =>
  ['mariadbd', 'mariadb-install-db', 'mariadb'].every((program) => findProgram(program) !== undefined)

function findProgram(name: string): string | undefined {
  // on Debian the PATH of a person who is not root lacks the folder of mariadbd
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

// A shell outlives us and cleans up: when this process ends, in whatever way, its stdin closes, and it kills the server and removes the folder.
// The server keeps its default character set, so that our tables have to name theirs; nothing is flushed to the disk.
const supervisor = `
  trap 'rm -rf "$FOLDER"' EXIT
  common="--no-defaults --datadir=$FOLDER/data --tmpdir=$FOLDER --skip-name-resolve --innodb-log-file-size=16M $AS_ROOT"
  "$INSTALL" $common --auth-root-authentication-method=normal --skip-test-db >/dev/null || exit 1
  while :; do
  "$SERVER" $common --bind-address=127.0.0.1 --port="$PORT" --socket="$FOLDER/socket" --pid-file="$FOLDER/pid" --skip-log-bin \\
    --innodb-buffer-pool-size=64M --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --sync-frm=0 --loose-debug-no-sync $OPTIONS &
  server=$!
  exec 3<&0 2>/dev/null
  (read -r _ <&3; kill -9 $server) &
  wait $server
  kill $!
  rm "$FOLDER/again" || break
  done`

/** Starts a server on a temporary folder and a free port, with more options if need be. It ends with this process at the latest, which it does not keep alive. */
export async function startMariaDb(options: readonly string[] = []): Promise<PrivateMariaDb> {
  const port = await freePort()
  const env = {
    PATH: process.env.PATH,
    FOLDER: mkdtempSync(join(tmpdir(), 'msp-mariadb-')),
    INSTALL: findProgram('mariadb-install-db'),
    SERVER: findProgram('mariadbd'),
    PORT: String(port),
    OPTIONS: options.join(' '),
    AS_ROOT: process.getuid?.() === 0 ? '--user=root' : '',
  }
  const shell = spawn('sh', ['-c', supervisor], { env, detached: true, stdio: ['pipe', 'ignore', 'pipe'] })
  shell.unref()
  for (const stream of [shell.stdin, shell.stderr]) (stream as unknown as Socket).unref()
  await untilItAnswers(port, shell)
  const crash = async () => {
    writeFileSync(join(env.FOLDER, 'again'), '')
    process.kill(Number(readFileSync(join(env.FOLDER, 'pid'), 'utf8')), 'SIGKILL')
    await untilItAnswers(port, shell)
  }
  return { url: `mysql://root@127.0.0.1:${port}/`, crash, stop: () => stop(shell) }
}

async function stop(shell: ChildProcess): Promise<void> {
  if (shell.exitCode !== null) return
  const exit = once(shell, 'exit')
  shell.ref()
  shell.stdin?.end()
  await exit
}

async function untilItAnswers(port: number, shell: ChildProcess): Promise<void> {
  let log = ''
  shell.stderr?.on('data', (text) => {
    log = `${log}${text}`.slice(-4000)
  })
  const deadline = Date.now() + startSeconds * 1000
  while (!(await answers(port))) {
    if (shell.exitCode !== null || Date.now() > deadline) throw new Error(`The private MariaDB did not start:\n${log}`)
    await sleep(20)
  }
}

/** True when a server greets there: it speaks first. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'data', { signal: AbortSignal.timeout(1000) })
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

let started: Promise<PrivateMariaDb> | undefined

/** The server of this run: the one that MSP_TEST_DATABASE_URL names, else one for this process; undefined without MariaDB. */
export async function findMariaDb(): Promise<string | undefined> {
  const given = process.env.MSP_TEST_DATABASE_URL
  if (given) return given
  if (!hasMariaDb()) return undefined
  started ??= startMariaDb()
  return (await started).url
}

/** The database that a URL, or else the path of a file, stands for. */
export function placeOf(text: string): DatabasePlace {
  if (!/^(mysql|mariadb):/.test(text)) return { engine: 'sqlite', path: text }
  const url = new URL(text)
  const password = url.password === '' ? undefined : decodeURIComponent(url.password)
  url.password = ''
  return { engine: 'mariadb', url, password }
}
