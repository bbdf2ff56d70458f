import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MspError } from '../errors.ts'
import { requireProgram } from './programs.ts'

const startSeconds = 60

// A shell outlives us and cleans up: when this process ends, in whatever way, its stdin closes, and it kills the server and removes the
// folder. The server hears on a socket in that folder only, and flushes nothing. Statements reach no file: what they may read and write, and
// where a plugin may lie, is beneath /dev/null, where nobody can make anything; DATA DIRECTORY is passed over; LOCAL is refused.
const supervisor = `
  trap 'rm -rf "$FOLDER"' EXIT
  set -- --no-defaults "--datadir=$FOLDER/data" "--tmpdir=$FOLDER/tmp" --skip-name-resolve --innodb-log-file-size=16M $AS_ROOT
  "$INSTALL" "$@" --auth-root-authentication-method=normal --skip-test-db >/dev/null || exit 1
  "$SERVER" "$@" --skip-networking "--socket=$FOLDER/socket" "--pid-file=$FOLDER/pid" --secure-file-priv=/dev/null \\
    --plugin-dir=/dev/null --skip-symbolic-links --local-infile=0 --event-scheduler=OFF --skip-log-bin --max-allowed-packet=1G \\
    --innodb-buffer-pool-size=64M --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --sync-frm=0 --loose-debug-no-sync &
  server=$!
  exec 3<&0 2>/dev/null
  (read -r _ <&3; kill -9 $server) &
  wait $server
  kill $!`

/** Runs work beside a MariaDB of its own, empty, in a folder that is there: `socket` is how to reach it. It ends with the work. */
export async function withThrowawayServer<T>(folder: string, signal: AbortSignal, work: (socket: string) => Promise<T>): Promise<T> {
  if (process.platform === 'win32')
    throw new MspError('not_checked', 'On Windows msp has no way to restore a dump for a test.', {
      hint: 'Check it on a Linux machine or on a Mac.',
    })
  const env = {
    PATH: process.env.PATH,
    FOLDER: folder,
    INSTALL: requireProgram('mariadb-install-db'),
    SERVER: requireProgram('mariadbd'),
    AS_ROOT: process.getuid?.() === 0 ? '--user=root' : '',
  }
  await mkdir(join(folder, 'tmp'), { mode: 0o700 })
  await chmod(folder, 0o700)
  // detached: Ctrl-C reaches msp alone, which then ends the server
  const shell = spawn('sh', ['-c', supervisor], { env, detached: true, stdio: ['pipe', 'ignore', 'pipe'] })
  try {
    const socket = join(folder, 'socket')
    await untilItAnswers(socket, shell, signal)
    return await work(socket)
  } finally {
    await stop(shell)
  }
}

async function stop(shell: ChildProcess): Promise<void> {
  if (shell.exitCode !== null || shell.signalCode !== null) return
  const exit = once(shell, 'exit')
  shell.stdin?.end()
  await exit
}

async function untilItAnswers(socket: string, shell: ChildProcess, signal: AbortSignal): Promise<void> {
  let log = ''
  shell.stderr?.on('data', (text) => {
    log = `${log}${text}`.slice(-2000)
  })
  const deadline = Date.now() + startSeconds * 1000
  while (!(await answers(socket))) {
    signal.throwIfAborted()
    if (shell.exitCode !== null || Date.now() > deadline) throw didNotStart(log)
    await sleep(20)
  }
}

const didNotStart = (log: string): MspError =>
  new MspError(
    'not_checked',
    `The MariaDB for the test did not start: ${log.replace(/\s+/g, ' ').trim().slice(-300) || 'it said nothing'}`,
    {
      hint: 'Check that the temporary folder has room, or use another machine.',
    },
  )

/** True when a server greets there: it speaks first. */
async function answers(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'data', { signal: AbortSignal.timeout(1000) })
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
