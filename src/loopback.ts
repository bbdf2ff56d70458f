import { isIPv4 } from 'node:net'

/**
 * True of the name or the address of this machine itself, as a URL holds it: what goes there may go in the clear. All of 127.* is, since no
 * network carries it. What only looks like one of them may be a name that leads elsewhere.
 */
export const isLoopback = (hostname: string): boolean =>
  /^(localhost|\[?::1\]?)$/.test(hostname) || (isIPv4(hostname) && hostname.startsWith('127.'))
