import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  log: async () => (await import('./log.ts')).registerTimeLog,
  list: async () => (await import('./list.ts')).registerTimeList,
}
