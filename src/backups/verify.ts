import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { isObject } from '../object.ts'
import { countedBefore, type Verdict } from './checks.ts'
import { type LoggedBackup, toEvidence, type VerificationMethod } from './logged-backup.ts'
import { readBackup, setVerification } from './store.ts'

/** Who verifies what, where and how. */
export interface VerificationRun {
  backup: LoggedBackup
  method: VerificationMethod
  technician: string
  machine: string
  now: () => Date
}

/** Only a backup that was completed, and is still there, can be verified. */
export function refuseUnverifiable({ backupStatus, fileName, filePath, deletedAt }: LoggedBackup): void {
  if (backupStatus === 'completed') return
  const states = {
    failed: 'failed',
    in_progress: 'is in progress',
    deleted: `was marked as deleted ${deletedAt?.toISOString().slice(0, 10)}`,
  }
  throw new MspError('not_checked', `${fileName ?? filePath} ${states[backupStatus ?? 'in_progress']}: there is nothing to verify.`, {
    hint: 'See which can be: msp backup list --status completed',
  })
}

/** Does the check and keeps what it found. Meanwhile the row says so; a check that could not be made leaves it as it was. */
export async function verifyBackup(
  db: Db,
  run: VerificationRun,
  check: () => Promise<Verdict>,
): Promise<{ backup: LoggedBackup } & Pick<Verdict, 'reason' | 'hint'>> {
  const { backup, method, technician, machine, now } = run
  refuseUnverifiable(backup)
  await setVerification(db, backup.id, { verificationStatus: 'in_progress' })
  const started = performance.now()
  let verdict: Verdict
  try {
    verdict = await check().catch((error: unknown) => toVerdict(method, error))
  } catch (error) {
    // one that was cut off before, by the end of its process, left nothing to go back to
    const before = backup.verificationStatus === 'in_progress' ? 'not_verified' : backup.verificationStatus
    await setVerification(db, backup.id, { verificationStatus: before })
    throw error
  }
  const { reason, hint, evidence } = verdict
  const counted = countedBefore(backup)
  const details = {
    // a verification that does not count must not forget the count
    ...(counted !== undefined && { files_expected: counted }),
    ...evidence,
    ...(reason !== null && { reason }),
    duration_ms: Math.round(performance.now() - started),
    machine,
    technician,
  }
  await setVerification(db, backup.id, {
    verificationStatus: reason === null ? 'passed' : 'failed',
    verificationMethod: method,
    verificationDetails: withEarlier(details, backup),
    verificationCompletedAt: now(),
  })
  return { backup: await readBackup(db, backup.id), reason, hint }
}

const mostEarlier = 20
/** The column has room for 64 kB. */
const mostBytes = 60_000

/** The evidence as it is kept: with what the verifications before found, the latest first, as many as there is room for. */
function withEarlier(details: object, backup: LoggedBackup): string {
  const earlier = listEarlier(backup).slice(0, mostEarlier)
  for (; earlier.length > 0; earlier.pop()) {
    const kept = JSON.stringify({ ...details, earlier })
    if (Buffer.byteLength(kept) <= mostBytes) return kept
  }
  return JSON.stringify(details)
}

const noEvidence = { earlier: [], rows_by_table: null, tables_left_out: 0 }

function listEarlier(backup: LoggedBackup): unknown[] {
  const { verificationMethod: method, verificationStatus: status, verificationCompletedAt: completedAt } = backup
  if (method === null) return []
  const found = toEvidence(backup)
  // another program may have written anything
  const { earlier, rows_by_table, tables_left_out, ...evidence } = isObject(found) ? found : { ...noEvidence, details: found }
  // one that was cut off hides what came out before it
  const cutOff = 'reason' in evidence ? 'failed' : 'passed'
  const last = { method, status: status === 'in_progress' ? cutOff : status, completed_at: completedAt, ...evidence }
  return [last, ...(Array.isArray(earlier) ? earlier : [])]
}

/** What is wrong with the backup is the result of the check; everything else is why there is none. */
function toVerdict(method: VerificationMethod, error: unknown): Verdict {
  if (!(error instanceof MspError && error.code === 'check_failed')) throw error
  const failed = { checksum: { checksum_valid: false }, test_restore: { restore_test_successful: false }, file_count: {}, manual: {} }
  return { reason: error.message, hint: error.hint, evidence: failed[method] }
}
