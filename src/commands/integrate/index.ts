import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  syncro: async () => (await import('./syncro.ts')).registerIntegrateSyncro,
  'msp-backups': async () => (await import('./msp-backups.ts')).registerIntegrateMspBackups,
  smtp: async () => (await import('./smtp.ts')).registerIntegrateSmtp,
  files: async () => (await import('./files.ts')).registerIntegrateFiles,
  list: async () => (await import('./list.ts')).registerIntegrateList,
  test: async () => (await import('./test.ts')).registerIntegrateTest,
  remove: async () => (await import('./remove.ts')).registerIntegrateRemove,
}
