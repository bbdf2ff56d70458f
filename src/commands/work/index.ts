import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  add: async () => (await import('./add.ts')).registerWorkAdd,
  list: async () => (await import('./list.ts')).registerWorkList,
}
