import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  get: async () => (await import('./get.ts')).registerConfigGet,
  set: async () => (await import('./set.ts')).registerConfigSet,
  unset: async () => (await import('./unset.ts')).registerConfigUnset,
  list: async () => (await import('./list.ts')).registerConfigList,
}
