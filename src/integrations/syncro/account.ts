import { HttpFailure } from '../../http/failure.ts'
import type { VendorHttp, VendorRequest } from '../../http/http.ts'
import type { Permission } from '../integration.ts'
import { permission } from './permissions.ts'

// What `/me` says of permissions is the user's, not the key's: only reading tells.
const reads = [
  { what: 'tickets', path: 'tickets', needs: permission.listTickets, type: 'syncro_ticket' },
  { what: 'clients', path: 'customers', needs: permission.listCustomers, type: 'syncro_client' },
  { what: 'time', path: 'ticket_timers', needs: permission.listTimers, type: 'syncro_time' },
  { what: 'assets', path: 'customer_assets', needs: permission.listAssets, type: 'syncro_asset' },
  { what: 'alerts', path: 'rmm_alerts', needs: permission.listAlerts, type: 'syncro_alert' },
]

export const permissions = (http: VendorHttp): Promise<Permission[]> =>
  Promise.all(
    reads.map(async ({ what, path, needs, type }) => ({
      what,
      may: await mayRead(http, { method: 'GET', path, query: { page: 1 }, needs, record: { type, action: 'searched' } }),
    })),
  )

async function mayRead(http: VendorHttp, request: VendorRequest): Promise<boolean> {
  try {
    await http.send(request)
    return true
  } catch (error) {
    if (error instanceof HttpFailure && (error.status === 401 || error.status === 403)) return false
    throw error
  }
}
