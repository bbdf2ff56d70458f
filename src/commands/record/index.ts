import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  list: async () => (await import('./list.ts')).registerRecordList,
  show: async () => (await import('./show.ts')).registerRecordShow,
}
