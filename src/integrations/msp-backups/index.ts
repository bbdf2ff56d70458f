import type { HttpIntegration } from '../integration.ts'
import { login, permissions, whoAmI } from './account.ts'
import { backupSource } from './backups.ts'
import { onlyReads } from './calls.ts'
import { clientDirectory } from './clients.ts'
import { reasonOf } from './map.ts'

export const mspBackups: HttpIntegration = {
  id: 'msp-backups',
  label: 'MSP Backups',
  signIn: [{ kind: 'password', where: 'Settings > General > Add credentials (the API credentials, not your portal login)', login }],
  hosts: ['mspbackups.com'],
  baseUrl: () => 'https://api.mspbackups.com',
  tenantOf: () => undefined,
  fromApiUrl: (url) => url,
  // no limit is published; each answer is a whole list
  pace: { burst: 10, perSecond: 1, pauseMs: 5000 },
  reasonOf,
  connect: async (http, { zone }) => {
    const reads = onlyReads(http)
    return {
      whoAmI: () => whoAmI(reads),
      permissions: () => permissions(reads),
      clients: clientDirectory(reads),
      backups: backupSource(reads, zone),
    }
  },
}
