import { MspError } from '../errors.ts'
import { isObject } from '../object.ts'
import { type ExpectedChecksum, findMismatch, hashFile, readChecksumsBeside } from './checksum.ts'
import { countFiles } from './count-files.ts'
import { cannotLookInto, findKind } from './kind.ts'
import { type LoggedBackup, toEvidence } from './logged-backup.ts'
import { readUnchanged } from './read-file.ts'
import { restoreDump } from './restore-dump.ts'
import { restoreSqlite } from './restore-sqlite.ts'
import { inTemporaryFolder } from './temporary-folder.ts'
import { unpackArchive } from './unpack.ts'

/** What a check found: a failure has a reason. The names of the evidence are those of the product's design. */
export interface Verdict {
  reason: string | null
  /** What to do then. */
  hint?: string | undefined
  evidence: Record<string, unknown>
}

/** Compares the content of the file with the checksum in the log, and with those in files beside it. */
export async function checkChecksum({ filePath: path, checksum }: LoggedBackup, signal: AbortSignal): Promise<Verdict> {
  if ((await findKind(path))?.kind === 'folder')
    throw new MspError('not_checked', `${path} is a folder, which has no checksum.`, { hint: 'Use --method file_count' })
  const logged: ExpectedChecksum[] = checksum === null ? [] : [{ algorithm: 'sha256', checksum, from: 'the log' }]
  const expected = [...logged, ...(await readChecksumsBeside(path))]
  const [first] = expected
  if (!first) {
    throw new MspError('not_checked', 'There is nothing to compare with: no checksum in the log, and none beside the file.', {
      hint: `Put ${path}.sha256 there, or use another --method.`,
    })
  }
  return readUnchanged(path, signal, async (file) => {
    const found = await hashFile(
      file,
      expected.map(({ algorithm }) => algorithm),
    )
    const mismatch = findMismatch(expected, found)
    const shown = mismatch ?? first
    const evidence = {
      checksum_valid: mismatch === undefined,
      algorithm: shown.algorithm,
      expected_checksum: shown.checksum,
      found_checksum: found[shown.algorithm],
      compared_with: expected.map(({ from }) => from),
      bytes: file.size,
    }
    return { reason: mismatch ? `The checksum of the file is not the one in ${mismatch.from}.` : null, evidence }
  })
}

/** Counts the files in it, and compares with what is expected, else with what was counted before. */
export async function checkFileCount(backup: LoggedBackup, expected: number | undefined, signal: AbortSignal): Promise<Verdict> {
  const files = await countFiles(backup.filePath, signal)
  const before = expected ?? countedBefore(backup)
  const evidence = {
    files_verified: files,
    ...(before === undefined
      ? {}
      : { files_expected: before, expected_by: expected === undefined ? 'the verification before' : '--expect' }),
  }
  return { reason: toCountReason(files, before), evidence }
}

function toCountReason(files: number, expected: number | undefined): string | null {
  if (files === 0) return nothingInIt
  if (expected === undefined || expected === files) return null
  return `It holds ${files === 1 ? '1 file' : `${files} files`}, and ${expected} were expected.`
}

const nothingInIt = 'There is no file in it.'

/** How many files have to be in it, as far as a verification before knew. */
export function countedBefore(backup: LoggedBackup): number | undefined {
  const evidence = toEvidence(backup)
  if (!isObject(evidence)) return undefined
  // what was expected then is still expected when the count was another one
  const { files_expected, files_verified } = evidence
  return [files_expected, files_verified].find((count) => typeof count === 'number')
}

/** Restores it where it does no harm, and counts what came out. */
export async function checkRestore({ filePath: path }: LoggedBackup, signal: AbortSignal): Promise<Verdict> {
  const found = await findKind(path)
  if (found === undefined) throw cannotLookInto(path, 'zip, tar, tar.gz, and dumps that end in .sql, .sql.gz, .sqlite, .db')
  if (found.kind === 'folder')
    throw new MspError('not_checked', `${path} is a folder: there is nothing to restore.`, { hint: 'Use --method file_count' })
  return readUnchanged(path, signal, async (file) => {
    if (found.kind === 'zip' || found.kind === 'tar') {
      const { files, bytes, links } = await inTemporaryFolder((folder, room) => unpackArchive(file, found, { folder, room }))
      if (files + links === 0) return { reason: nothingInIt, evidence: { restore_test_successful: false, files_verified: 0 } }
      const checksums = found.kind === 'zip' || found.isCompressed ? { checksum_valid: true } : {}
      return passed({ files_verified: files + links, ...checksums, bytes, ...(links > 0 && { links }) })
    }
    const restore = found.kind === 'sql' ? restoreDump : restoreSqlite
    const { tables, rows, rowsByTable } = await restore(file, found.isCompressed)
    return passed({ tables, rows, ...toTableCounts(rowsByTable) })
  })
}

/** The column has room for 64 kB, also for what earlier verifications found. */
const mostBytes = 30_000

/** The rows of as many tables as there is room for, and how many tables that leaves out. */
function toTableCounts(rowsByTable: Record<string, number>): Record<string, unknown> {
  const counts = Object.entries(rowsByTable)
  let bytes = 0
  const cut = counts.findIndex((count) => {
    bytes += Buffer.byteLength(JSON.stringify(count))
    return bytes > mostBytes
  })
  if (cut === -1) return { rows_by_table: rowsByTable }
  return { rows_by_table: Object.fromEntries(counts.slice(0, cut)), tables_left_out: counts.length - cut }
}

const passed = (evidence: Record<string, unknown>): Verdict => ({ reason: null, evidence: { restore_test_successful: true, ...evidence } })
