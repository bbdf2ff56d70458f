import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  status: async () => (await import('./status.ts')).registerDbStatus,
  migrate: async () => (await import('./migrate.ts')).registerDbMigrate,
}
