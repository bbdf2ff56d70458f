import { MspError } from '../errors.ts'

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'ECONNRESET',
  'EHOSTUNREACH',
  'PROTOCOL_CONNECTION_LOST',
  'ENOENT',
])

/** What a database engine threw, as a sentence; undefined when the error is not from a database. */
export function toStorageError(error: unknown, place: string): MspError | undefined {
  if (!(error instanceof Error)) return undefined
  if ('errcode' in error && 'code' in error && error.code === 'ERR_SQLITE_ERROR') return sqliteError(error, Number(error.errcode), place)
  if (!('sqlState' in error || 'fatal' in error) && !isConnectError(error)) return undefined
  return mariaDbError(error as Error & { code?: string; errno?: number; sqlMessage?: string }, place)
}

const isConnectError = (error: Error): boolean => 'syscall' in error && error.syscall === 'connect' && 'code' in error

function sqliteError(error: Error, code: number, place: string): MspError {
  const primary = code & 0xff
  const sentence: Record<number, [string, string]> = {
    5: [`The database ${place} is locked by another program.`, 'Close the other program, then try again.'],
    8: [`The database ${place} cannot be written.`, 'Check the rights of the file and of its folder.'],
    11: [`The database ${place} is damaged.`, 'Put it back from your last backup.'],
    13: [`The disk of the database ${place} is full.`, 'Make room, then try again.'],
    14: [`The database ${place} cannot be opened.`, 'Check that its folder exists and that you may write there.'],
    26: [`${place} is not a database of msp.`, 'Move that file away, or choose another folder with MSP_HOME.'],
  }
  const [message, hint] = sentence[primary] ?? [`The database ${place} refused: ${error.message}.`, 'See: msp db status']
  return new MspError('storage', message, { hint, cause: error })
}

function mariaDbError(error: Error & { code?: string; errno?: number; sqlMessage?: string }, place: string): MspError {
  const { code = '', errno } = error
  if (unreachable.has(code)) {
    return new MspError('storage', `The database at ${place} does not answer (${code}).`, {
      hint: 'Check that it runs and that this machine can reach it, then: msp db status',
      cause: error,
    })
  }
  if (errno === 1045) {
    return new MspError('storage', `The database at ${place} refused the user or the password.`, {
      hint: 'Store the password again: msp config set database.url <url>',
      cause: error,
    })
  }
  if (errno === 1049)
    return new MspError('storage', `There is no such database at ${place}.`, { hint: 'Create it first: CREATE DATABASE …', cause: error })
  if (code.startsWith('HANDSHAKE_') || errno === 3159) {
    return new MspError('storage', `The database at ${place} offers no verified TLS, which msp requires over a network.`, {
      hint: 'Give the server a certificate that this machine trusts (NODE_EXTRA_CA_CERTS for your own authority).',
      cause: error,
    })
  }
  return new MspError('storage', `The database at ${place} refused: ${error.sqlMessage ?? error.message}.`, {
    hint: 'See: msp db status',
    cause: error,
  })
}
