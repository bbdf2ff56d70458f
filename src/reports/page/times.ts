import { toAgeWords } from '../../backups/report.ts'

/** How a page shows times. */
export interface Times {
  /** `2026-01-15 03:32`. */
  show(time: Date): string
  /** `2026-01-15 03:32 (11 h ago)`. */
  showWithAge(time: Date): string
}

/** The times of one report: a formatter takes long to make, so all share one. */
export function createTimes(zone: string, takenAt: Date): Times {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
  const show = (time: Date) => `<span class="time">${format.format(time)}</span>`
  return { show, showWithAge: (time) => `${show(time)} <span class="age">(${toAgeWords(time, takenAt)})</span>` }
}
