import type { BackupPlan, PlanStatus } from '../../backups/backup.ts'

// In the order of the vendor's numbers, which some answers may spell out, with what to say where the vendor gives no reason.
const statuses: ReadonlyArray<[name: string, status: PlanStatus, reason: string | null]> = [
  ['success', 'successful', null],
  ['overdue', 'overdue', 'It missed its scheduled start.'],
  ['error', 'failed', null],
  ['running', 'running', null],
  ['unknown', 'unknown', 'MSP Backups itself does not know how it ended.'],
  ['interrupted', 'failed', 'The run was interrupted.'],
  ['unexpectedlyclosed', 'failed', 'The backup program was closed during the run.'],
  ['warning', 'warning', null],
]

export interface PlanType {
  type: string
  kind: BackupPlan['kind']
  /** False for a type that came after this list. */
  isKnown: boolean
}

const types: ReadonlyArray<[name: string, type: string, kind: BackupPlan['kind']]> = [
  ['na', 'Not stated', 'backup'],
  ['backup', 'Backup', 'backup'],
  ['restore', 'Restore', 'restore'],
  ['backupfiles', 'Files', 'backup'],
  ['restorefiles', 'Files', 'restore'],
  ['vmbackup', 'Virtual machines', 'backup'],
  ['vmrestore', 'Virtual machines', 'restore'],
  ['sqlbackup', 'SQL', 'backup'],
  ['sqlrestore', 'SQL', 'restore'],
  ['exchangebackup', 'Exchange', 'backup'],
  ['exchangerestore', 'Exchange', 'restore'],
  ['bmssbackup', 'Image', 'backup'],
  ['bmssrestore', 'Image', 'restore'],
  ['consistencycheck', 'Consistency check', 'check'],
  ['ec2backup', 'EC2', 'backup'],
  ['ec2restore', 'EC2', 'restore'],
  ['hypervbackup', 'Hyper-V', 'backup'],
  ['hypervrestore', 'Hyper-V', 'restore'],
]

/** A status that is not listed is unknown, never successful. */
export function toStatus(word: string): { status: PlanStatus; reason: string | null } {
  const found = find(statuses, word)
  if (found) return { status: found[1], reason: found[2] }
  return {
    status: 'unknown',
    reason: word === '' ? 'MSP Backups gives no status.' : `msp does not know what MSP Backups means by the status "${word.slice(0, 40)}".`,
  }
}

/** A type that is not listed counts as a backup, so that nobody misses it. */
export function toType(word: string): PlanType {
  const found = find(types, word)
  if (found) return { type: found[1], kind: found[2], isKnown: true }
  return { type: `Other (${word === '' ? 'not stated' : word})`, kind: 'backup', isKnown: false }
}

/** The entry with this number or name. */
function find<T extends readonly [string, ...unknown[]]>(entries: readonly T[], word: string): T | undefined {
  if (/^\d+$/.test(word)) return entries[Number(word)]
  // the vendor spells one of them without a t
  const name = word.toLowerCase() === 'sqlresore' ? 'sqlrestore' : word.toLowerCase()
  return entries.find(([known]) => known === name)
}
