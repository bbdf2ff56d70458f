import { MspError } from '../../errors.ts'
import type { DirectIntegration } from '../integration.ts'

export const files: DirectIntegration = {
  id: 'files',
  label: 'Files',
  checkUrl: (typed) => typed,
  open: async () => {
    throw new MspError('unsupported', 'No place for files can be used yet.')
  },
}
