import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  setup: async () => (await import('./setup.ts')).registerClaudeSetup,
  status: async () => (await import('./status.ts')).registerClaudeStatus,
  remove: async () => (await import('./remove.ts')).registerClaudeRemove,
}
