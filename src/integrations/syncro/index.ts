import type { HttpIntegration } from '../integration.ts'
import { fromApiUrl, hosts, tenantOf, toBaseUrl } from './address.ts'
import { oauth } from './oauth.ts'
import { reasonOf } from './reason.ts'

export const syncro: HttpIntegration = {
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
  pace: { burst: 60, perSecond: 2, pauseMs: 5000 },
  reasonOf,
  connect: async (http) => (await import('./connection.ts')).openConnection(http),
}
