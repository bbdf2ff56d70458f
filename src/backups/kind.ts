import { stat } from 'node:fs/promises'
import { MspError } from '../errors.ts'
import { toMissing } from './read-file.ts'

/** What a backup is, for a look inside; compressed means: by gzip. */
export interface BackupKind {
  kind: 'folder' | 'zip' | 'tar' | 'sql' | 'sqlite'
  isCompressed: boolean
}

const byEnding: ReadonlyArray<readonly [RegExp, 'zip' | 'tar' | 'sql' | 'sqlite']> = [
  [/\.zip$/, 'zip'],
  [/\.(tar|tgz)$/, 'tar'],
  [/\.sql$/, 'sql'],
  [/\.(sqlite3?|db)$/, 'sqlite'],
]

/** By its name, as it would be opened. Undefined for what msp cannot look into. */
export async function findKind(path: string): Promise<BackupKind | undefined> {
  const stats = await stat(path).catch((error: unknown) => {
    throw toMissing(path, error)
  })
  if (stats.isDirectory()) return { kind: 'folder', isCompressed: false }
  const name = path.toLowerCase()
  const isCompressed = /\.(gz|tgz)$/.test(name)
  const inner = name.replace(/\.gz$/, '')
  const kind = byEnding.find(([ending]) => ending.test(inner))?.[1]
  return kind === undefined || (kind === 'zip' && isCompressed) ? undefined : { kind, isCompressed }
}

export const cannotLookInto = (path: string, kinds: string): MspError =>
  new MspError('not_checked', `msp cannot look into ${path}: it knows ${kinds}.`, {
    hint: 'Check it with its own program, and then: --method manual',
  })
