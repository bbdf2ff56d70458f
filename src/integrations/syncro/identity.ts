import type { VendorHttp } from '../../http/http.ts'
import type { Identity } from '../integration.ts'
import { toIdentity } from './map.ts'

/** Whose the key is. */
export const whoAmI = async (http: VendorHttp): Promise<Identity> =>
  toIdentity(await http.send({ method: 'GET', path: 'me', record: { type: 'syncro_account', action: 'retrieved' } }))
