import { MspError } from '../../errors.ts'
import type { VendorHttp } from '../../http/http.ts'
import { shorten } from '../../shorten.ts'
import { type LaborRate, toMoney } from '../../time/time.ts'
import { toDefaultLabor, toLaborRate } from './map.ts'
import { permission } from './permissions.ts'

/** What the product costs now. Without an id it is the one that Syncro gives to a timer that names none. */
export async function laborRate(http: VendorHttp, laborId: string | null): Promise<LaborRate> {
  const record = { type: 'syncro_account', action: 'retrieved' } as const
  const id = laborId ?? (await defaultLabor(http))
  const rate = toLaborRate(await http.send({ method: 'GET', path: `products/${id}`, needs: permission.listProducts, record }))
  if (rate.perHour >= 0) return rate
  throw new MspError('vendor', `An hour of ${shorten(rate.name, 60)} costs ${toMoney(rate.perHour)} at SyncroMSP, so it is not charged.`, {
    hint: 'Mend its price in SyncroMSP, or say another kind: --labor PRODUCT',
  })
}

async function defaultLabor(http: VendorHttp): Promise<string> {
  const record = { type: 'syncro_account', action: 'retrieved' } as const
  const id = toDefaultLabor(await http.send({ method: 'GET', path: 'tickets/settings', needs: permission.listTickets, record }))
  if (id !== null) return id
  throw new MspError('vendor', 'Your SyncroMSP has no default kind of labour, so msp cannot tell what an hour costs.', {
    hint: 'Say which it is: --labor PRODUCT',
  })
}
