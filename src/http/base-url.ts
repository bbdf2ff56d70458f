import { MspError } from '../errors.ts'
import { isLoopback } from '../loopback.ts'

const longest = 400
/** A name of a host, with a dot in it. */
export const hostname = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/

/** A base URL that a person gave, without a slash at the end: https to a host of the vendor, or loopback for the sandbox. */
export function checkBaseUrl(typed: string, label: string, hosts?: readonly string[]): string {
  const url = checkUrl(typed, label, hosts)
  return url.href.replace(/\/+$/, '')
}

/** A URL that a person gave and that leads where it seems to: https to one of the hosts (to any that has a name), or loopback; no user, query, fragment. */
export function checkUrl(typed: string, label: string, hosts?: readonly string[]): URL {
  const refuse = (what: string, hint?: string) => refusal(label, what, hint)
  // the parser would quietly drop white space and control characters, and turn other digits into its own
  if (/[^!-~]|\\/.test(typed)) throw refuse('has characters in it that no address has')
  if (typed.length > longest) throw refuse('is too long')
  const url = URL.parse(typed)
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(typed)?.[1]
  if (url === null || authority === undefined) throw refuse('is not a URL', 'It looks like https://acme.example.com')
  if (authority.includes('@')) throw refuse('has user information in it', 'Leave out everything before @.')
  if (/[?#]/.test(typed)) throw refuse('has a query or a fragment', 'Give it without ? and #.')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw refuse('must begin with https://', 'http:// is for this machine itself only.')
  // and reads other spellings of a host
  if (authority.toLowerCase().replace(/:\d*$/, '') !== url.hostname)
    throw refuse(`is written in a misleading way: it leads to ${url.hostname}`)
  if (!isLoopback(url.hostname) && !isNamed(url.hostname, hosts)) {
    const isNot = hosts === undefined ? 'no name of a host' : `not ${label}`
    throw refuse(`leads to ${url.hostname}, which is ${isNot}`, hosts && `It must end in ${hosts.join(' or ')}.`)
  }
  return url
}

const isNamed = (host: string, hosts: readonly string[] | undefined): boolean =>
  hostname.test(host) && (hosts === undefined || hosts.some((each) => host === each || host.endsWith(`.${each}`)))

const refusal = (label: string, what: string, hint?: string): MspError =>
  new MspError('usage', `The address for ${label} ${what}.`, { hint })
