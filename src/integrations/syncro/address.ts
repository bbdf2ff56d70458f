import { MspError } from '../../errors.ts'

export const hosts = ['syncromsp.com', 'repairshopr.com'] as const

const hint = 'It is the first part of the address of your Syncro. For https://acme.syncromsp.com use: --subdomain acme'
const notSubdomain = 'is not a subdomain: those are letters, digits and hyphens'
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

/**
 * From a subdomain, or the host of a pasted ticket address, to the base of the API. Only one DNS label goes into the answer;
 * `--subdomain` takes that label alone.
 */
export function toBaseUrl(typed: string | undefined): string {
  const text = typed?.trim() ?? ''
  if (text === '') throw new MspError('usage', 'SyncroMSP needs your subdomain.', { hint })
  if (/^[^:/.]+$/.test(text)) return atHost(toLabel(text), hosts[0])
  const { authority, hasScheme } = split(text)
  if (!hasScheme && !authority.includes('.')) throw refusal(text, notSubdomain)
  const [subdomain, host] = toTenant(text, authority.toLowerCase())
  return atHost(toLabel(subdomain), host)
}

/** Adds the path of the API to the root that a person gave. */
export const fromApiUrl = (url: string): string => (url.endsWith('/api/v1') ? url : `${url}/api/v1`)

/** `acme` of `https://acme.syncromsp.com/api/v1`. */
export function tenantOf(baseUrl: string): string | undefined {
  const { hostname } = new URL(baseUrl)
  const host = hosts.find((each) => hostname.endsWith(`.${each}`))
  return host && hostname.slice(0, -host.length - 1)
}

/** Where people open a ticket. */
export const toTicketUrl = (baseUrl: string, id: string): string => `${baseUrl.replace(/\/api\/v1$/, '')}/tickets/${id}`

/** The part that names the host, and nothing that another reader of the same text would take for it. */
function split(text: string): { authority: string; hasScheme: boolean } {
  const [, scheme, authority = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/?#\\\s]*)/i.exec(text) ?? []
  if (scheme !== undefined && !/^https?$/i.test(scheme)) throw refusal(text, 'does not begin with https://')
  if (/[^!-~]|\\/.test(text)) throw refusal(text, 'has characters in it that no address has')
  if (authority.includes('@'))
    throw new MspError('usage', 'The address has user information in it.', { hint: 'Leave out everything before @.' })
  if (authority.includes(':')) throw refusal(text, 'has a port in it')
  return { authority, hasScheme: scheme !== undefined }
}

function toTenant(text: string, authority: string): [string, string] {
  for (const host of hosts) {
    if (authority === host || authority === `shield.${host}`) throw refusal(text, 'has no subdomain')
    // the web app may be served below shield, the API is not
    if (authority.endsWith(`.${host}`)) return [authority.slice(0, -host.length - 1).replace(/\.shield$/, ''), host]
  }
  throw refusal(text, 'is the address of another site')
}

function toLabel(subdomain: string): string {
  if (!label.test(subdomain)) throw refusal(subdomain, notSubdomain)
  return subdomain.toLowerCase()
}

const atHost = (subdomain: string, host: string): string => `https://${subdomain}.${host}/api/v1`

const refusal = (text: string, what: string) => new MspError('usage', `"${text}" ${what}.`, { hint })
