import type { OAuthProfile } from '../../oauth/profile.ts'

/**
 * The vendor's documents know API tokens only (vendors/syncro.md, section 3): these addresses and scopes are what an OAuth client of Syncro's would
 * probably have, and each can be named otherwise.
 */
export const oauth: OAuthProfile = {
  notice: 'Syncro has no public OAuth today: an API token is what works, unless Syncro gave you an OAuth client.',
  authorizePath: '/oauth/authorize',
  tokenPath: '/oauth/token',
  scopes: ['tickets:read', 'tickets:write', 'time_entries:write'],
  redirectPath: '/callback/syncro',
}
