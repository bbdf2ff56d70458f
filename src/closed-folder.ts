import { lstatSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { makeFolders } from './make-folders.ts'

/**
 * A folder whose files may be run as they are, made where it is missing: its real path, when nobody but this user, and root, can put or
 * change anything in it, or in the folders above. Undefined otherwise.
 */
export function closedFolder(path: string): string | undefined {
  if (!isAbsolute(path)) return undefined
  try {
    makeFolders(path, 0o700)
    // who could change a link on the way there could lead elsewhere
    const real = realpathSync.native(path)
    const isClosed = [real, ...readdirSync(real, { recursive: true, encoding: 'utf8' }).map((name) => join(real, name))].every((each) =>
      isKept(each, 'nothing'),
    )
    return isClosed && foldersAbove(real).every((each) => isKept(each, 'sticky')) ? real : undefined
  } catch {
    return undefined
  }
}

const foldersAbove = (path: string): string[] => (dirname(path) === path ? [] : [...foldersAbove(dirname(path)), dirname(path)])

/** Others may add something to a sticky folder, such as /tmp, but neither move nor replace what is there. */
function isKept(path: string, others: 'sticky' | 'nothing'): boolean {
  // on Windows the profile's own rights protect it
  if (process.platform === 'win32') return true
  const { mode, uid } = lstatSync(path)
  if (uid !== 0 && uid !== process.geteuid?.()) return false
  return (mode & 0o022) === 0 || (others === 'sticky' && (mode & 0o1000) !== 0)
}
