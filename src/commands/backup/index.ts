import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  status: async () => (await import('./status.ts')).registerBackupStatus,
  expect: async () => (await import('./expect.ts')).registerBackupExpect,
  report: async () => (await import('./report.ts')).registerBackupReport,
}
