import type { ClientDirectory, VendorClient } from '../../clients/client.ts'
import { HttpFailure } from '../../http/failure.ts'
import type { VendorHttp } from '../../http/http.ts'
import { toClient, toClients } from './map.ts'
import { readPages } from './pages.ts'
import { permission } from './permissions.ts'

export const clientDirectory = (http: VendorHttp): ClientDirectory => ({
  search: (words) =>
    Array.fromAsync(
      readPages({ what: 'clients', mostPages: 100 }, async (page) => {
        const record = { type: 'syncro_client', action: 'searched' } as const
        return toClients(
          await http.send({ method: 'GET', path: 'customers', query: { query: words, page }, needs: permission.listCustomers, record }),
        )
      }),
    ),
  get: (id) => getClient(http, id),
})

async function getClient(http: VendorHttp, id: string): Promise<VendorClient | undefined> {
  if (!/^\d+$/.test(id)) return undefined
  try {
    const record = { type: 'syncro_client', action: 'retrieved', externalId: id } as const
    return toClient(await http.send({ method: 'GET', path: `customers/${id}`, needs: permission.viewCustomer, record }))
  } catch (error) {
    if (error instanceof HttpFailure && error.status === 404) return undefined
    throw error
  }
}
