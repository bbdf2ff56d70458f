import type { Integration } from '../integration.ts'
import { permissions, whoAmI } from './account.ts'
import { fromApiUrl, hosts, tenantOf, toBaseUrl } from './address.ts'
import { clientDirectory } from './clients.ts'
import { oauth } from './oauth.ts'
import { reasonOf } from './reason.ts'
import { ticketSystem } from './tickets.ts'
import { timeSystem } from './time.ts'

export const syncro: Integration = {
  id: 'syncro',
  label: 'SyncroMSP',
  signIn: [
    { kind: 'token', where: 'Admin > API > API Tokens > New Token > Custom Permissions' },
    { kind: 'oauth', profile: oauth },
  ],
  hosts,
  baseUrl: toBaseUrl,
  tenantOf,
  fromApiUrl,
  // 180 a minute for each IP address
  pace: { burst: 60, perSecond: 2 },
  reasonOf,
  connect: (http) => ({
    whoAmI: () => whoAmI(http),
    permissions: () => permissions(http),
    clients: clientDirectory(http),
    tickets: ticketSystem(http),
    time: timeSystem(http),
  }),
}
