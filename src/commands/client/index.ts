import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  add: async () => (await import('./add.ts')).registerClientAdd,
  list: async () => (await import('./list.ts')).registerClientList,
  show: async () => (await import('./show.ts')).registerClientShow,
  map: async () => (await import('./map.ts')).registerClientMap,
}
