import type { DirectIntegration } from '../integration.ts'
import { readAddress, toAddress } from './address.ts'

export const files: DirectIntegration = {
  id: 'files',
  label: 'S3 bucket',
  checkUrl: (typed) => toAddress(readAddress(typed)),
  open: async (line) => (await import('./connection.ts')).openConnection(line),
}
