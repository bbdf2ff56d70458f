import { MspError } from '../errors.ts'

/** What happened and what to do; `{place}` is the database, `{reason}` what the engine said. */
type Refusal = readonly [sentence: string, hint: string]

// Both engines can be full or read-only, and then the same thing helps.
const makeRoom = 'Make room, then try again: nothing is half-written.'
const grant = 'Give the user the rights that it lacks: GRANT ALL PRIVILEGES ON <database>.* TO <user>'

/** mysql2's word for a statement whose answer did not come in time. */
export const silent = 'PROTOCOL_SEQUENCE_TIMEOUT'

/** By the primary code: the lowest byte of the code that SQLite gives. */
const sqliteRefusals: Record<number, Refusal> = {
  5: ['The database {place} is locked by another program.', 'Close the other program, then try again.'],
  8: [
    'The database {place} cannot be written.',
    'Check the rights of the file and of its folder, and that the disk is not mounted read-only.',
  ],
  10: ['The disk of the database {place} failed ({reason}).', 'Check that the disk has room and works, then try again.'],
  11: ['The database {place} is damaged.', 'Put it back from your last backup.'],
  13: ['The disk of the database {place} is full.', makeRoom],
  14: ['The database {place} cannot be opened.', 'Check that its folder exists and that you may write there.'],
  26: ['{place} is not a database of msp.', 'Move that file away, or choose another folder with MSP_HOME.'],
}

/** A file beside the database that finds no room on the disk. */
const sqliteFull = new Set([4874, 778])

const unreachable: Refusal = [
  'The database at {place} does not answer ({code}).',
  'Check that it runs and that this machine can reach it, then: msp db status',
]
const lost: Refusal = [
  'The line to the database at {place} broke ({code}).',
  'What was being stored is there whole or not at all. Look before you repeat it: msp outbox list, msp work list',
]
const refusedUser: Refusal = [
  'The database at {place} refused the user or the password.',
  'Store the password again: msp config set database.url <url> · or mend it in MSP_DATABASE_URL, which wins where it is set.',
]
const noRights: Refusal = ['The user of the database at {place} may not do that: {reason}.', grant]
const readOnly: Refusal = [
  'The database at {place} is read-only at the moment.',
  'Try again when the server takes writes, or name the one that does.',
]
const full: Refusal = ['The disk of the database at {place} is full.', makeRoom]
const busy: Refusal = ['The database at {place} takes no more connections.', 'Try again in a moment, or raise max_connections there.']
const waited: Refusal = ['Another program holds what msp needs in the database at {place}.', 'Try again in a moment.']
const certificateHint = 'Give the server a certificate that this machine trusts (NODE_EXTRA_CA_CERTS for your own authority).'

const each = (codes: readonly string[], refusal: Refusal) => Object.fromEntries(codes.map((code) => [code, refusal]))

/** By the server's number, else by the client's code. */
const mariaDbRefusals: Record<string | number, Refusal> = {
  ...each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT', 'EACCES'], unreachable),
  ...each(['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE'], lost),
  [silent]: [
    'The database at {place} took a statement and did not answer in time.',
    'Something may hold it up there, such as a migration. Look before you repeat what you did: msp outbox list, msp work list',
  ],
  HANDSHAKE_NO_SSL_SUPPORT: [
    'The database at {place} offers no TLS, which msp requires over a network. No password was sent.',
    'Switch TLS on there: ssl-cert and ssl-key in the settings of the server. This machine must trust the certificate.',
  ],
  HANDSHAKE_SSL_ERROR: [
    'The database at {place} has no certificate that this machine trusts ({reason}). No password was sent.',
    certificateHint,
  ],
  AUTH_SWITCH_PLUGIN_ERROR: [
    'The database at {place} wants a way to sign in that msp does not have ({reason}).',
    'Give the user a password: ALTER USER … IDENTIFIED VIA mysql_native_password USING PASSWORD(…)',
  ],
  1021: full,
  1040: busy,
  1044: noRights,
  1045: refusedUser,
  1047: ['The database at {place} is not ready: {reason}.', 'Its cluster is starting or has lost its majority. Try again later.'],
  1049: ['There is no such database at {place}.', 'Create it first: CREATE DATABASE …'],
  1114: full,
  1130: [
    'The database at {place} lets nobody in from this machine.',
    'Create the user for this machine there: CREATE USER <user>@<address>',
  ],
  1142: noRights,
  1143: noRights,
  1203: busy,
  1205: waited,
  1213: waited,
  1226: busy,
  1227: noRights,
  1290: readOnly,
  1698: refusedUser,
  1792: readOnly,
  1836: readOnly,
  3159: ['The database at {place} requires TLS.', 'Name it by its address in the network, over which msp uses TLS.'],
}

interface EngineError extends Error {
  code?: string
  errno?: number
  errcode?: number
  sqlMessage?: string
}

const isSqlite = (error: EngineError): boolean => error.code === 'ERR_SQLITE_ERROR' && error.errcode !== undefined
const isMariaDb = (error: EngineError): boolean =>
  'sqlState' in error || 'fatal' in error || error.code === silent || ('syscall' in error && error.syscall === 'connect' && 'code' in error)

/** What the engine threw when something had happened that it should have stored. */
export class NotStored extends Error {
  readonly hint: string
  /** `happened`: what, as a sentence. */
  constructor(happened: string, { cause, hint }: { cause: unknown; hint: string }) {
    super(happened, { cause })
    this.hint = hint
  }
}

/** What a database engine threw, as a sentence; undefined when the error is not from a database. */
export function toStorageError(error: unknown, place: string): MspError | undefined {
  if (error instanceof NotStored) {
    const { message } = toStorageError(error.cause, place) ?? {}
    return message === undefined ? undefined : new MspError('storage', `${message} ${error.message}`, { hint: error.hint, cause: error })
  }
  if (!(error instanceof Error)) return undefined
  const known: EngineError = error
  if (!isSqlite(known) && !isMariaDb(known)) return undefined
  const inPlace = isSqlite(known) ? 'The database {place}' : 'The database at {place}'
  const [sentence, hint] = refusalOf(known) ?? [`${inPlace} refused: {reason}.`, 'See: msp db status']
  const words: Record<string, string> = { place, reason: reasonOf(known), code: known.code ?? '' }
  const message = sentence.replace(/\{(\w+)\}/g, (_, word: string) => words[word] ?? '')
  return new MspError('storage', message, { hint, cause: error })
}

/** True for what a database engine threw. */
export const isStorageError = (error: unknown): boolean => toStorageError(error, '') !== undefined

/** True when the error has a sentence of its own, whatever msp was doing. */
export const isExplained = (error: unknown): boolean => error instanceof Error && refusalOf(error) !== undefined

function refusalOf(error: EngineError): Refusal | undefined {
  if (isSqlite(error)) {
    const code = error.errcode ?? 0
    return sqliteRefusals[sqliteFull.has(code) ? 13 : code & 0xff]
  }
  if (!isMariaDb(error)) return undefined
  // "got error 28 from storage engine" and its kin: the number is the system's, for no space
  if (/\b(?:errno:|errcode:|error) 28\b/i.test(error.sqlMessage ?? '')) return full
  return mariaDbRefusals[error.errno ?? ''] ?? mariaDbRefusals[error.code ?? '']
}

/** On one line, without a full stop at its end and without what Node adds of its own options. */
const reasonOf = (error: EngineError): string =>
  (error.sqlMessage ?? error.message)
    .replace(/\s+/g, ' ')
    .replace(/; if the root CA is installed.*$/, '')
    .replace(/\.$/, '')
