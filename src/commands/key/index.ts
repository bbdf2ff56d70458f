import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  status: async () => (await import('./status.ts')).registerKeyStatus,
  passphrase: async () => (await import('./passphrase.ts')).registerKeyPassphrase,
  recover: async () => (await import('./recover.ts')).registerKeyRecover,
}
