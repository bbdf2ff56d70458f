import { MspError } from '../../errors.ts'
import type { VendorHttp } from '../../http/http.ts'

// The key that reads backups can also delete a client's users with all their data, so what msp may call is a list.
// The two PUT calls only read: that is how the vendor asks for the figures of a month.
const allowed = [
  /^POST api\/Provider\/Login$/,
  /^GET api\/(Monitoring|Companies|Users|Licenses|Billing|apps\/domains)$/,
  /^GET api\/Computers\/\d+\/\d+$/,
  /^GET api\/Computers\/[\w-]+$/,
  /^GET api\/Computers\/(?:[\w-]+\/)?Plans\/history\/\d+\/\d+$/,
  /^GET api\/Computers\/[\w-]+\/Plans\/[\w-]+\/history$/,
  /^PUT api\/Billing(\/Details)?$/,
]

/** The only way to MSP Backups: it refuses every call that is not in the list. */
export const onlyReads = (http: VendorHttp): VendorHttp => ({
  baseUrl: http.baseUrl,
  send: async (request) => {
    const call = `${request.method} ${request.path}`
    if (allowed.some((pattern) => pattern.test(call))) return http.send(request)
    throw new MspError('unsupported', `msp only reads from MSP Backups and does not call ${call}.`)
  },
})
