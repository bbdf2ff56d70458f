import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  report: async () => (await import('./report.ts')).registerBackupReport,
}
