import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  start: async () => (await import('./start.ts')).registerSessionStart,
  show: async () => (await import('./show.ts')).registerSessionShow,
  end: async () => (await import('./end.ts')).registerSessionEnd,
  list: async () => (await import('./list.ts')).registerSessionList,
}
