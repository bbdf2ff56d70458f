import { text } from 'node:stream/consumers'
import { MspError } from '../errors.ts'
import { asDamage } from './archive.ts'
import { feed, requireProgram, start } from './programs.ts'
import type { ReadableFile } from './read-file.ts'
import { inTemporaryFolder } from './temporary-folder.ts'
import { withThrowawayServer } from './throwaway-server.ts'
import { readMeasured } from './unpack.ts'
import { createUnpackMeter, standardUnpackLimits } from './unpack-limits.ts'

/** The tables that came out of a backup, with their rows. */
export interface RestoredTables {
  tables: number
  rows: number
  rowsByTable: Record<string, number>
}

// what a dump does, and nothing that reaches a file, a setting of the server, or another account
const rights =
  'select, insert, update, delete, create, drop, references, index, alter, create temporary tables, lock tables, create view, show view, create routine, alter routine, execute, event, trigger, delete history, set user, binlog admin'

/** Restores a dump of MariaDB or MySQL into a server that is thrown away afterwards, and counts what is in it then. */
export async function restoreDump(file: ReadableFile, isCompressed: boolean): Promise<RestoredTables> {
  requireProgram('mariadbd')
  const client = requireProgram('mariadb')
  return inTemporaryFolder((folder, room) =>
    withThrowawayServer(folder, file.signal, async (socket) => {
      const as = (user: string) => ['--no-defaults', `--socket=${socket}`, `--user=${user}`, '--default-character-set=utf8mb4']
      const ask = (statements: string) => query(client, as('root'), statements)
      await ask(`create database restored; create user restore@localhost; grant ${rights} on *.* to restore@localhost`)
      const meter = createUnpackMeter(file.size, standardUnpackLimits, room)
      const ends = createEnds()
      // in binary mode the client takes no command of its own from a file, such as one that runs a program
      const running = start(client, [...as('restore'), '--binary-mode', '--local-infile=0', '--max-allowed-packet=1G', 'restored'])
      try {
        await asDamage('gzip', () => feed(ends.watch(readMeasured(file, isCompressed, meter)), running))
      } catch (error) {
        running.child.kill('SIGKILL')
        throw error
      }
      const status = await running.status
      // Ctrl-C reaches the client too, and says nothing about the dump
      file.signal.throwIfAborted()
      if (status !== 0) throw new MspError('check_failed', `The dump cannot be restored: ${toReason(running.said())}.`)
      if (ends.isCut())
        throw new MspError(
          'check_failed',
          'The dump is cut off: it says at its beginning who made it, and not at its end that it is complete.',
        )
      return countTables(ask)
    }),
  )
}

/** Without the statement, which may hold anything. */
const toReason = (said: string): string => (/ERROR\b.*/.exec(said)?.[0] ?? (said || 'the client says nothing')).replace(/\.$/, '')

async function query(client: string, args: readonly string[], statements: string): Promise<string[][]> {
  const running = start(client, [...args, '--batch', '--skip-column-names'])
  const [answer, status] = await Promise.all([text(running.child.stdout), running.status, feed([statements], running)])
  if (status !== 0) throw new Error(`The MariaDB for the test refused: ${running.said()}`)
  return answer
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'))
}

async function countTables(ask: (statements: string) => Promise<string[][]>): Promise<RestoredTables> {
  // as hexadecimal digits: a name may hold what separates the columns of an answer
  const found = await ask(`select hex(table_schema), hex(table_name) from information_schema.tables where table_type = 'BASE TABLE'
    and table_schema not in ('mysql', 'information_schema', 'performance_schema', 'sys') order by table_schema, table_name`)
  if (found.length === 0) throw new MspError('check_failed', 'The dump was restored, and there is no table in it.')
  const names = found.map((columns) => columns.map((hex) => Buffer.from(hex, 'hex').toString()))
  const counted = await ask(names.map((name) => `select count(*) from ${name.map(quote).join('.')};`).join('\n'))
  const schemas = new Set(names.map(([schema]) => schema))
  const rowsByTable = Object.fromEntries(
    names.map(([schema, table], index) => [schemas.size > 1 ? `${schema}.${table}` : `${table}`, Number(counted[index]?.[0])]),
  )
  return { tables: names.length, rows: Object.values(rowsByTable).reduce((sum, rows) => sum + rows, 0), rowsByTable }
}

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``

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
