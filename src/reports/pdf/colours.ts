import type { PlanStatus } from '../../backups/backup.ts'
import { type DayResult, toTone } from '../../backups/report.ts'

/** What is drawn. */
export const fills: Record<PlanStatus | DayResult, string> = {
  successful: '#2f7d52',
  warning: '#d09a12',
  failed: '#b3261e',
  overdue: '#d9651c',
  noResult: '#9c3467',
  gone: '#6d1b36',
  running: '#2563a8',
  neverRan: '#6f4aa0',
  unknown: '#8a8a2f',
  noRun: '#9aa3ad',
  noData: '#d8dde3',
}

/** What is written, dark enough to be read on paper. */
export const inks = { good: '#1c5a37', warn: '#7a5800', bad: '#a51f18', plain: '#2c4a6e' }

/** Of a status in words. */
export const toInk = (status: PlanStatus): string => inks[toTone(status)]

export const quiet = '#59636f'
export const line = '#d8dde3'
