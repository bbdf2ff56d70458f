import type { VendorHttp } from '../../http/http.ts'
import type { Connection } from '../integration.ts'
import { permissions } from './account.ts'
import { clientDirectory } from './clients.ts'
import { whoAmI } from './identity.ts'
import { ticketSystem } from './tickets.ts'
import { timeSystem } from './time.ts'

export const openConnection = (http: VendorHttp): Connection => ({
  whoAmI: () => whoAmI(http),
  permissions: () => permissions(http),
  clients: clientDirectory(http),
  tickets: ticketSystem(http),
  time: timeSystem(http),
})
