import { type ClientDirectory, toNameKey } from '../../clients/client.ts'
import type { VendorHttp } from '../../http/http.ts'
import { toClients } from './map.ts'

export const clientDirectory = (http: VendorHttp): ClientDirectory => ({
  search: async (words) => {
    const wanted = toNameKey(words).split(' ')
    return toClients(await readCompanies(http)).filter(({ name }) => wanted.every((word) => toNameKey(name).includes(word)))
  },
  get: async (id) => toClients(await readCompanies(http)).find((client) => client.id.toLowerCase() === id.toLowerCase()),
})

export const readCompanies = (http: VendorHttp): Promise<unknown> =>
  http.send({ method: 'GET', path: 'api/Companies', record: { type: 'msp_backups_client', action: 'searched' } })
