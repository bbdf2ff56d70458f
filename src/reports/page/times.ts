import type { BackupReport } from '../../backups/report.ts'
import { createTimes } from '../words.ts'

/** How a page shows times. */
export interface PageTimes {
  /** `2026-01-15 03:32`. */
  show(time: Date): string
  /** `2026-01-15 03:32 (11 h ago)`. */
  showWithAge(time: Date): string
}

/** The times of one report as markup. */
export function createPageTimes(report: Pick<BackupReport, 'zone' | 'takenAt'>): PageTimes {
  const times = createTimes(report)
  const show = (time: Date) => `<span class="time">${times.show(time)}</span>`
  return { show, showWithAge: (time) => `${show(time)} <span class="age">(${times.age(time)})</span>` }
}
