import type { DirectIntegration } from '../integration.ts'
import { readAddress, toAddress } from './address.ts'

export const files = {
  id: 'files',
  label: 'S3 bucket',
  checkUrl: (typed) => toAddress(readAddress(typed)),
  toAddress,
  open: async (line) => (await import('./connection.ts')).openConnection(line),
} satisfies DirectIntegration & { toAddress: unknown }
