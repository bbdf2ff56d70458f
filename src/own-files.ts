import { chmodSync, closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs'
import { codeOf, MspError } from './errors.ts'
import { quoted } from './files.ts'

const { O_NONBLOCK = 0, O_RDONLY } = constants

/** The text of a file that belongs to msp; undefined when there is none. What is no file is refused: a named pipe would wait for a writer. */
export function readOwnFile(path: string): string | undefined {
  const file = openOwn(path)
  if (file === undefined) return undefined
  try {
    if (fstatSync(file).isFile()) return readFileSync(file, 'utf8')
    throw new MspError('config', `${path} is not a regular file.`, { hint: `See what it is: ls -ld ${quoted(path)}` })
  } finally {
    closeSync(file)
  }
}

function openOwn(path: string): number | undefined {
  try {
    return openSync(path, O_RDONLY | O_NONBLOCK)
  } catch (cause) {
    const code = codeOf(cause)
    if (code === undefined) throw cause
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new MspError('config', `${path} could not be read (${code}).`, { hint: `See whose it is: ls -ld ${quoted(path)}`, cause })
  }
}

/**
 * Keeps a file or folder of msp from other users. What they could have changed is refused, once: by then it is its owner's alone.
 * Nothing is said where it is missing or cannot be looked at, or where a file system knows no modes.
 */
export function keepToOwner(path: string): void {
  const before = look(path)
  // on Windows the profile's own rights protect it
  if (before === undefined || process.platform === 'win32') return
  if (before.uid !== process.getuid?.() && before.uid !== 0)
    throw new MspError('config', `${path} belongs to another user (uid ${before.uid}).`, {
      hint: `See whose it is: ls -ld ${quoted(path)}`,
    })
  const isChangeable = (before.mode & 0o022) !== 0
  // where a link leads, others may have to read
  if (!isChangeable && ((before.mode & 0o077) === 0 || lstatSync(path).isSymbolicLink())) return
  try {
    chmodSync(path, before.mode & 0o700)
  } catch {
    return
  }
  if (!isChangeable || statSync(path).mode === before.mode) return
  throw new MspError('config', `Other users could change ${path} (mode ${(before.mode & 0o777).toString(8)}).`, {
    hint: 'Now only you can. See whether it is as you left it, then run msp again.',
  })
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
