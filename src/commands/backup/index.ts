import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  status: async () => (await import('./status.ts')).registerBackupStatus,
  expect: async () => (await import('./expect.ts')).registerBackupExpect,
  report: async () => (await import('./report.ts')).registerBackupReport,
  log: async () => (await import('./log.ts')).registerBackupLog,
  list: async () => (await import('./list.ts')).registerBackupList,
  verify: async () => (await import('./verify.ts')).registerBackupVerify,
  'delete-mark': async () => (await import('./delete-mark.ts')).registerBackupDeleteMark,
  dump: async () => (await import('./dump.ts')).registerBackupDump,
}
