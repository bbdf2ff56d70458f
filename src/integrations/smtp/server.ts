import { MspError } from '../../errors.ts'
import { hostname } from '../../http/base-url.ts'
import { isLoopback } from '../../loopback.ts'

/** A mail server, and how it is spoken to. */
export interface MailServer {
  host: string
  port: number
  /** `always`: TLS from the first byte. `first`: STARTTLS before anything is said. `never`: in the clear, on this machine only. */
  tls: 'always' | 'first' | 'never'
}

/** The server of an address: `smtps://mail.example.com:465`, `smtp://mail.example.com:587`. */
export function readServer(address: string): MailServer {
  const [, scheme, host = '', digits = ''] = /^(smtps?):\/\/([^/:?#@\s]+|\[::1\]):(\d{1,5})$/.exec(address) ?? []
  const port = Number(digits)
  if (scheme === undefined || port < 1 || port > 65_535)
    throw new MspError('usage', 'That is no address of a mail server.', {
      hint: 'Give the name of the host with --host, and the number of its port with --port.',
    })
  const isHere = isLoopback(host)
  if (!isHere && !hostname.test(host))
    throw new MspError('usage', `"${host}" is no name of a mail server.`, {
      hint: 'It looks like mail.example.com: certificates are for names.',
    })
  return { host: host.replace(/^\[|\]$/g, ''), port, tls: scheme === 'smtps' ? 'always' : isHere ? 'never' : 'first' }
}

/** The same address, when it is one. */
export function checkUrl(typed: string): string {
  const address = typed.toLowerCase()
  readServer(address)
  return address
}
