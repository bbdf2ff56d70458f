import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, type FileHandle, link, lstat, open, realpath, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, type ErrorCode, MspError } from './errors.ts'
import { keepSecret } from './live-secrets.ts'
import { makeFolders } from './make-folders.ts'
import { toSizeWords } from './size.ts'
import { thisUser } from './user.ts'

const isWindows = process.platform === 'win32' // there the profile's own rights protect its files
const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_WRONLY } = constants

/** Writes a file that only its owner can read, whole or not at all. Its folder is made when missing. */
export async function writeSecretFile(path: string, content: string | Uint8Array, { overwrite }: { overwrite: boolean }): Promise<void> {
  try {
    makeFolders(dirname(path), 0o700)
    await writeThrough(path, content, { overwrite, mode: 0o600 })
  } catch (cause) {
    throw await toWriteRefusal(path, cause, content)
  }
}

/** Writes a file that others may read, whole or not at all. One that is there keeps its mode; a link to it stays a link with `throughLinks`, and is replaced without. */
export async function writeOrdinaryFile(
  path: string,
  content: string | Uint8Array,
  { throughLinks }: { throughLinks: boolean },
): Promise<void> {
  try {
    await makeOrdinaryFolder(dirname(path))
    const { target, mode } = !throughLinks && (await isLink(path)) ? { target: path, mode: 0o644 } : await findTarget(path)
    await writeThrough(target, content, { overwrite: true, mode })
  } catch (cause) {
    throw await toWriteRefusal(path, cause, content)
  }
}

/** The process keeps what it makes to its user; this folder is an ordinary one. */
async function makeOrdinaryFolder(path: string): Promise<void> {
  for (const made of makeFolders(path)) await chmod(made, 0o755)
}

async function findTarget(path: string): Promise<{ target: string; mode: number }> {
  try {
    const target = await realpath(path)
    return { target, mode: (await stat(target)).mode & 0o7777 }
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause
    if (await isLink(path))
      throw refusal('config', `${path} is a link to a file that is missing.`, `See where it leads: ls -l ${quoted(path)}`, cause)
    return { target: path, mode: 0o644 }
  }
}

const isLink = (path: string): Promise<boolean> =>
  lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  )

interface Writing {
  overwrite: boolean
  mode: number
}

async function writeThrough(path: string, content: string | Uint8Array, { overwrite, mode }: Writing): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeNewFile(temporary, content, mode)
    if (overwrite) await rename(temporary, path)
    else await link(temporary, path) // unlike rename, it refuses a path that is taken
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(dirname(path))
}

async function writeNewFile(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    await file.writeFile(content)
    if (mode !== 0o600) await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Without this a power cut can undo the rename; Windows cannot open a folder. */
async function syncFolder(path: string): Promise<void> {
  if (isWindows) return
  const folder = await open(path, O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function toWriteRefusal(path: string, cause: unknown, content: string | Uint8Array): Promise<unknown> {
  const code = codeOf(cause)
  if (!code || cause instanceof MspError) return cause
  if (code === 'ENOSPC' || code === 'EDQUOT') return toNoRoom(path, cause, Buffer.byteLength(content))
  if (code === 'EEXIST' && cause instanceof Error && 'syscall' in cause && cause.syscall === 'link') {
    return refusal('config', `${path} exists, and msp does not overwrite it.`, 'Name another file, or move this one away.', cause)
  }
  return refusal('storage', `${path} could not be written (${code}).`, `See who may write there: ls -ld ${quoted(dirname(path))}`, cause)
}

async function toNoRoom(path: string, cause: unknown, required: number): Promise<MspError> {
  const folder = dirname(path)
  const { bavail, bsize } = await statfs(folder)
  // a quota leaves a user less than the disk has
  const available = codeOf(cause) === 'ENOSPC' ? `Available: ${toSizeWords(bavail * bsize)}, ` : ''
  const sentence = `There is not enough room to write ${path}. ${available}Required: ${toSizeWords(required)}`
  return refusal('storage', sentence, `Make room there, or name a file elsewhere; see what is free: df -h ${quoted(folder)}`, cause)
}

/** The text of a file that nobody else can read or change; any other file is refused, with the command that repairs it. */
export async function readSecretFile(path: string): Promise<string> {
  const file = await openForReading(path)
  try {
    await checkOwnerAndMode(path, file)
    const text = await file.readFile('utf8')
    const [line = '', ...others] = text.trim().split('\n')
    // what has more lines holds other things too
    if (others.length === 0) keepSecret(line)
    return text
  } finally {
    await file.close()
  }
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) // without O_NONBLOCK a named pipe waits for a writer
  } catch (cause) {
    const code = codeOf(cause)
    if (!code) throw cause
    if (code === 'ENOENT')
      throw refusal('not_found', `There is no file ${path}.`, `See what is there: ls -l ${quoted(dirname(path))}`, cause)
    if (code === 'ELOOP') {
      throw refusal(
        'config',
        `${path} is a link, and msp reads a secret from a regular file only.`,
        `Name the file itself: readlink -f ${quoted(path)}`,
        cause,
      )
    }
    throw refusal('config', `${path} could not be read (${code}).`, `See whose it is: ls -l ${quoted(path)}`, cause)
  }
}

async function checkOwnerAndMode(path: string, file: FileHandle): Promise<void> {
  const stats = await file.stat()
  if (!stats.isFile()) throw refusal('config', `${path} is not a regular file.`, `See what it is: ls -ld ${quoted(path)}`)
  if (isWindows) return
  if (stats.uid !== process.getuid?.()) {
    throw refusal('config', `${path} belongs to another user (uid ${stats.uid}).`, `sudo chown ${thisUser().name} ${quoted(path)}`)
  }
  const permissions = stats.mode & 0o7777
  if (permissions !== 0o600 && permissions !== 0o400) {
    throw refusal('config', `${path} has mode ${permissions.toString(8)}; a secret needs 600.`, `chmod 600 ${quoted(path)}`)
  }
}

const refusal = (code: ErrorCode, sentence: string, hint: string, cause?: unknown) => new MspError(code, sentence, { hint, cause })

/** A path as a shell takes it, for the commands in hints. */
export const quoted = (path: string): string => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)
