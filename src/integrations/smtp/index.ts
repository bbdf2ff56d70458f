import { MspError } from '../../errors.ts'
import type { DirectIntegration } from '../integration.ts'

export const smtp: DirectIntegration = {
  id: 'smtp',
  label: 'Mail',
  checkUrl: (typed) => typed,
  open: async () => {
    throw new MspError('unsupported', 'Mail cannot be sent yet.')
  },
}
