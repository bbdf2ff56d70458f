import type { DirectIntegration } from '../integration.ts'
import type { Line } from '../line.ts'
import { mailSystem } from './mail.ts'
import { toFrom } from './message.ts'
import { checkUrl, readServer } from './server.ts'
import { inSession } from './session.ts'

const label = 'Mail'

export const smtp: DirectIntegration = {
  id: 'smtp',
  label,
  checkUrl,
  open: async (line: Line) => {
    const from = toFrom(line.account)
    const at = { server: readServer(line.url), line, label }
    const mail = mailSystem(at, from)
    return {
      // a server tells nobody whom a sign-in belongs to: it is who stands in From
      whoAmI: async () => {
        await line.call({ type: 'smtp_account', action: 'retrieved', received: () => ({ from: mail.from }) }, () =>
          inSession(at, async () => {}),
        )
        return { id: from.address, ...line.account, tenant: null }
      },
      mail,
    }
  },
}
