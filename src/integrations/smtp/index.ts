import type { DirectIntegration } from '../integration.ts'
import type { Line } from '../line.ts'
import { mailSystem } from './mail.ts'
import { toFrom } from './message.ts'
import { checkUrl } from './server.ts'
import { trySession } from './session.ts'

const label = 'Mail'

export const smtp: DirectIntegration = {
  id: 'smtp',
  label,
  checkUrl,
  open: async (line: Line) => {
    const from = toFrom(line.account)
    const mail = mailSystem(line, label, from)
    return {
      // a server tells nobody whom a sign-in belongs to: it is who stands in From
      whoAmI: async () => {
        await line.call({ type: 'smtp_account', action: 'retrieved', received: () => ({ from: mail.from }) }, () => trySession(line, label))
        return { id: from.address, ...line.account, tenant: null }
      },
      permissions: async () => [],
      mail,
    }
  },
}
