import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isExplained, toStorageError } from '../../src/db/errors.ts'

const place = 'db.example.com/msp'
const mariaDb = (errno: number, sqlMessage: string) => Object.assign(new Error(sqlMessage), { errno, sqlMessage, sqlState: 'HY000' })
const sqlite = (errcode: number, message: string) => Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode })
const client = (code: string) => Object.assign(new Error(code), { code, fatal: true })

const full = `The disk of the database at ${place} is full.`
const readOnly = `The database at ${place} is read-only at the moment.`
const busy = `The database at ${place} takes no more connections.`
const user = `The database at ${place} refused the user or the password.`

for (const [error, message] of [
  [mariaDb(1021, "Disk full (/tmp/#sql); waiting for someone to free some space... (errno: 28 'No space left on device')"), full],
  [mariaDb(1114, "The table 'outbox' is full"), full],
  [mariaDb(1030, 'Got error 28 "No space left on device" from storage engine InnoDB'), full],
  [mariaDb(3, 'Error writing file \'./msp/#sql\' (Errcode: 28 "No space left on device")'), full],
  [mariaDb(1290, 'The MariaDB server is running with the --read-only option so it cannot execute this statement'), readOnly],
  [mariaDb(1836, 'Running in read-only mode'), readOnly],
  [mariaDb(1040, 'Too many connections'), busy],
  [mariaDb(1203, "User u already has more than 'max_user_connections' active connections"), busy],
  [mariaDb(1698, "Access denied for user 'root'@'localhost'"), user],
  [
    mariaDb(1205, 'Lock wait timeout exceeded; try restarting transaction'),
    `Another program holds what msp needs in the database at ${place}.`,
  ],
  [
    mariaDb(1047, 'WSREP has not yet prepared node for application use'),
    `The database at ${place} is not ready: WSREP has not yet prepared node for application use.`,
  ],
  [
    mariaDb(1130, "Host '10.0.0.7' is not allowed to connect to this MariaDB server"),
    `The database at ${place} lets nobody in from this machine.`,
  ],
  [mariaDb(1146, "Table 'msp.clients' doesn't exist"), `The database at ${place} refused: Table 'msp.clients' doesn't exist.`],
  [client('ETIMEDOUT'), `The database at ${place} does not answer (ETIMEDOUT).`],
  [client('PROTOCOL_CONNECTION_LOST'), `The line to the database at ${place} broke (PROTOCOL_CONNECTION_LOST).`],
  [
    Object.assign(new Error('Query inactivity timeout'), { code: 'PROTOCOL_SEQUENCE_TIMEOUT', syscall: 'query' }),
    `The database at ${place} took a statement and did not answer in time.`,
  ],
  [
    client('AUTH_SWITCH_PLUGIN_ERROR'),
    `The database at ${place} wants a way to sign in that msp does not have (AUTH_SWITCH_PLUGIN_ERROR).`,
  ],
  [sqlite(13, 'database or disk is full'), `The disk of the database ${place} is full.`],
  [sqlite(4874, 'disk I/O error'), `The disk of the database ${place} is full.`],
  [sqlite(1546, 'disk I/O error'), `The disk of the database ${place} failed (disk I/O error).`],
  [sqlite(1544, 'attempt to write a readonly database'), `The database ${place} cannot be written.`],
  [sqlite(517, 'database is locked'), `The database ${place} is locked by another program.`],
  [sqlite(1, 'no such table: clients'), `The database ${place} refused: no such table: clients.`],
] as const) {
  test(`"${error.message}" is told as: ${message}`, () => {
    const told = toStorageError(error, place)
    assert.deepEqual([told?.code, told?.message, told?.cause], ['storage', message, error])
    assert.ok(told?.hint)
    assert.equal(isExplained(error), !message.includes(' refused: '))
  })
}

test('what no database threw is left alone', () => {
  for (const error of [new Error('x'), Object.assign(new Error('x'), { code: 'ENOENT', syscall: 'open' }), 'x', undefined])
    assert.deepEqual([toStorageError(error, place), isExplained(error)], [undefined, false])
})
