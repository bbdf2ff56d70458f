import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  list: async () => (await import('./list.ts')).registerOutboxList,
  show: async () => (await import('./show.ts')).registerOutboxShow,
  approve: async () => (await import('./approve.ts')).registerOutboxApprove,
  cancel: async () => (await import('./cancel.ts')).registerOutboxCancel,
  retry: async () => (await import('./retry.ts')).registerOutboxRetry,
  run: async () => (await import('./run.ts')).registerOutboxRun,
  resolve: async () => (await import('./resolve.ts')).registerOutboxResolve,
}
