import { MspError } from '../../errors.ts'
import type { VendorHttp, VendorWrite } from '../../http/http.ts'
import type { NewAttachment } from '../../tickets/ticket.ts'

export function attachmentWrite(_http: VendorHttp): VendorWrite<NewAttachment> {
  const refuse = () => {
    throw new MspError('unsupported', 'Files cannot be attached yet.')
  }
  return { request: refuse, send: refuse, find: refuse, complete: refuse }
}
