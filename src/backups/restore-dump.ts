import { text } from 'node:stream/consumers'
import { MspError } from '../errors.ts'
import { asDamage } from './archive.ts'
import { inBackticks, noteDefiners } from './definers.ts'
import { feed, type Running, requireProgram, start } from './programs.ts'
import type { ReadableFile } from './read-file.ts'
import { inTemporaryFolder, isNearlyFull } from './temporary-folder.ts'
import { withThrowawayServer } from './throwaway-server.ts'
import { readMeasured } from './unpack.ts'
import { createUnpackMeter, noRoom, type Room, standardUnpackLimits } from './unpack-limits.ts'

/** The tables that came out of a backup, with their rows. */
export interface RestoredTables {
  tables: number
  rows: number
  rowsByTable: Record<string, number>
}

// what a dump does with tables, and nothing that reaches a file or a setting of the server
const rights =
  'select, insert, update, delete, create, drop, references, index, alter, create temporary tables, lock tables, create view, show view, create routine, alter routine, execute, event, trigger, delete history'

// A dump may name any account as the DEFINER of a routine, which then runs with the rights of that account: so no account may do more, not even
// root. Of the rights on databases those count whose pattern is the narrowest: in mysql, where accounts and plugins are noted, nothing can be
// written. `set user` and `binlog admin` are for the DEFINER and for the settings of a session that a dump begins with.
const toSetUp = (definers: readonly string[]): string =>
  `create database restored;
  delete from mysql.global_priv; delete from mysql.db; delete from mysql.tables_priv; delete from mysql.columns_priv;
  delete from mysql.procs_priv; delete from mysql.proxies_priv; delete from mysql.roles_mapping; flush privileges;
  ${['restore@localhost', ...definers]
    .map(
      (account) => `create user if not exists ${account}; grant ${rights} on \`%\`.* to ${account}; grant select on mysql.* to ${account};`,
    )
    .join('\n')}
  grant set user, binlog admin on *.* to restore@localhost`

/** Restores a dump of MariaDB or MySQL into a server that is thrown away afterwards, and counts what is in it then. */
export async function restoreDump(file: ReadableFile, isCompressed: boolean): Promise<RestoredTables> {
  const definers = new Set<string>()
  try {
    return await restoreWith([], definers, file, isCompressed)
  } catch (error) {
    // what is made of a view, or calls a routine, needs the account that this one runs as
    if (!(error instanceof DumpRefused && error.number === definerMissing && definers.size > 0)) throw error
    return restoreWith([...definers], new Set(), file, isCompressed)
  }
}

/** What a server takes that is empty. */
const serverBytes = 100 * 1024 ** 2

/** MariaDB's number for an account that a dump names and that is not there. */
const definerMissing = 1449

/** A statement that the client did not get through. */
class DumpRefused extends MspError {
  /** MariaDB's own; undefined where it gave none. */
  readonly number: number | undefined
  constructor(number: number | undefined, ...rest: ConstructorParameters<typeof MspError>) {
    super(...rest)
    this.number = number
  }
}

async function restoreWith(
  accounts: readonly string[],
  definers: Set<string>,
  file: ReadableFile,
  isCompressed: boolean,
): Promise<RestoredTables> {
  requireProgram('mariadbd')
  const client = requireProgram('mariadb')
  return inTemporaryFolder((folder, room) => {
    const required = serverBytes + (isCompressed ? 0 : file.size)
    if (room.bytes < required) throw noRoom(room, { required })
    return withThrowawayServer(folder, file.signal, async (socket) => {
      const as = (user: string) => ['--no-defaults', `--socket=${socket}`, `--user=${user}`, '--default-character-set=utf8mb4']
      const ask = (user: string, statements: string) => query(client, as(user), statements, file.signal)
      await ask('root', toSetUp(accounts))
      const meter = createUnpackMeter(file.size, standardUnpackLimits, room)
      const ends = createEnds()
      // in binary mode the client takes no command of its own from a file, such as one that runs a program; in its sandbox, if it has one, neither
      const args = [...as('restore'), '--binary-mode', '--loose-sandbox', '--local-infile=0', '--max-allowed-packet=1G', 'restored']
      const running = start(client, args)
      await feedDump(noteDefiners(ends.watch(readMeasured(file, isCompressed, meter)), definers), running, {
        folder,
        room,
        signal: file.signal,
      })
      if (ends.isCut())
        throw new MspError(
          'check_failed',
          'The dump is cut off: it says at its beginning who made it, and not at its end that it is complete.',
        )
      return countTables((statements) => ask('restore', statements))
    })
  })
}

/** A dump may make more of itself than it holds, and some engines wait on a full disk until it has room: so often it is looked at. */
const lookEvery = 200

async function feedDump(
  dump: AsyncIterable<Buffer>,
  running: Running,
  { folder, room, signal }: { folder: string; room: Room; signal: AbortSignal },
): Promise<void> {
  const kill = () => running.child.kill('SIGKILL')
  let hasNoRoom = false
  const look = async () => {
    hasNoRoom ||= await isNearlyFull(folder)
    if (hasNoRoom) kill()
  }
  const looking = setInterval(() => look().catch(kill), lookEvery)
  try {
    await untilAborted(running, signal, async () => {
      // what a SELECT in it prints is of no interest, and would stop the client if nobody took it
      running.child.stdout.resume()
      await asDamage('gzip', () => feed(dump, running))
      const status = await running.status
      signal.throwIfAborted()
      if (status === 0) return
      await look()
      throw hasNoRoom ? noRoom(room, {}) : toRefusal(running.said())
    })
  } finally {
    clearInterval(looking)
  }
}

/** Does what it does with a client, and ends the client afterwards, or as soon as the signal says so. */
async function untilAborted<T>({ child }: Running, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const kill = () => child.kill('SIGKILL')
  signal.addEventListener('abort', kill)
  try {
    signal.throwIfAborted()
    return await work()
  } finally {
    signal.removeEventListener('abort', kill)
    kill()
  }
}

const byHand = 'by hand, on a server that may be lost, and then: --method manual'

/** The rights that a statement lacked: error codes of MariaDB. */
const denied: ReadonlySet<number | undefined> = new Set([1044, 1045, 1142, 1143, 1227, 1290, 1370, 4166])
const lineCut: ReadonlySet<number | undefined> = new Set([2006, 2013])

/** Why the client ended, without the statement, which may hold anything. What msp does not let a dump do, or has not got for it, says nothing about the backup. */
function toRefusal(said: string): DumpRefused {
  const reason = (/ERROR\b.*/.exec(said)?.[0] ?? (said || 'the client says nothing')).replace(/\.$/, '')
  const digits = /^ERROR (\d+)\b/.exec(reason)?.[1]
  const number = digits === undefined ? undefined : Number(digits)
  const notChecked = (sentence: string, hint: string) => new DumpRefused(number, 'not_checked', `${sentence}: ${reason}.`, { hint })
  if (lineCut.has(number))
    return notChecked('The MariaDB for the test ended in the middle of the dump', `Try again, or restore it ${byHand}`)
  if (number === definerMissing)
    return notChecked('The dump names an account that the MariaDB for the test does not have', `Restore it ${byHand}`)
  if (!denied.has(number)) return new DumpRefused(number, 'check_failed', `The dump cannot be restored: ${reason}.`)
  if (/`mysql`|'mysql'/.test(reason)) {
    return notChecked(
      "The dump writes to mysql, the server's own database with its accounts, which msp does not restore",
      `Verify a dump of the other databases (--databases instead of --all-databases), or restore it ${byHand}`,
    )
  }
  return notChecked('The dump does what msp lets no dump do', `Find out who made it; when it is meant to be so, restore it ${byHand}`)
}

async function query(client: string, args: readonly string[], statements: string, signal: AbortSignal): Promise<string[][]> {
  const running = start(client, [...args, '--batch', '--skip-column-names'])
  return untilAborted(running, signal, async () => {
    const [answer, status] = await Promise.all([text(running.child.stdout), running.status, feed([statements], running)])
    signal.throwIfAborted()
    if (status !== 0) throw new MspError('not_checked', `The MariaDB for the test refused: ${running.said().replace(/\.$/, '')}.`)
    return answer
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t'))
  })
}

async function countTables(ask: (statements: string) => Promise<string[][]>): Promise<RestoredTables> {
  // as hexadecimal digits: a name may hold what separates the columns of an answer
  const found =
    await ask(`select hex(table_schema), hex(table_name) from information_schema.tables where table_type in ('BASE TABLE', 'SYSTEM VERSIONED')
    and table_schema not in ('mysql', 'information_schema', 'performance_schema', 'sys') order by table_schema, table_name`)
  if (found.length === 0) throw new MspError('check_failed', 'The dump was restored, and there is no table in it.')
  const names = found.map((columns) => columns.map((hex) => Buffer.from(hex, 'hex').toString()))
  const counted = await ask(names.map((name) => `select count(*) from ${name.map(inBackticks).join('.')};`).join('\n'))
  const schemas = new Set(names.map(([schema]) => schema))
  const rowsByTable = Object.fromEntries(
    names.map(([schema, table], index) => [schemas.size > 1 ? `${schema}.${table}` : `${table}`, Number(counted[index]?.[0])]),
  )
  return { tables: names.length, rows: Object.values(rowsByTable).reduce((sum, rows) => sum + rows, 0), rowsByTable }
}

/** Looks at both ends of a dump that passes: what was cut off between two statements is restored without a complaint. */
function createEnds() {
  let [head, tail] = ['', '']
  return {
    watch: async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of source) {
        if (head.length < 400) head += chunk.subarray(0, 400).toString('latin1')
        tail = `${tail}${chunk.subarray(-400).toString('latin1')}`.slice(-400)
        yield chunk
      }
    },
    isCut: () => /^-- (MariaDB|MySQL) dump/m.test(head) && !tail.includes('-- Dump completed'),
  }
}
