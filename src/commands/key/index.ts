import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  status: async () => (await import('./status.ts')).registerKeyStatus,
  recover: async () => (await import('./recover.ts')).registerKeyRecover,
}
