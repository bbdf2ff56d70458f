import { toAgeWords } from '../../backups/report.ts'

/** How the pages show times. */
export interface Times {
  /** `2026-01-15 03:32`. */
  show(time: Date): string
  /** `11 h ago`. */
  age(time: Date): string
}

/** The times of one report: a formatter takes long to make, so all share one. */
export function createTimes(zone: string, takenAt: Date): Times {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
  return { show: (time) => format.format(time), age: (time) => toAgeWords(time, takenAt) }
}
