import { MspError } from '../../errors.ts'
import { HttpFailure } from '../../http/failure.ts'
import type { VendorHttp, VendorRequest } from '../../http/http.ts'
import type { AccessToken, Identity, Permission } from '../integration.ts'
import { mayReadPlans } from './backups.ts'
import { onlyReads } from './calls.ts'
import { readCompanies } from './clients.ts'
import { toAccessToken } from './map.ts'

/** Gives an access token for the API credentials, which are not those of the portal. */
export async function login(http: VendorHttp, username: string, password: string, now: Date): Promise<AccessToken> {
  const request: VendorRequest = {
    method: 'POST',
    path: 'api/Provider/Login',
    body: { UserName: username, Password: password },
    secrets: [password],
    record: { type: 'msp_backups_account', action: 'retrieved', sent: { username } },
  }
  try {
    return toAccessToken(await onlyReads(http).send(request), now)
  } catch (error) {
    if (!(error instanceof HttpFailure) || ![400, 401, 403].includes(error.status ?? 0)) throw error
    throw new MspError('sign_in', `MSP Backups refused the API credentials of "${username}".`, {
      hint: 'Check that they are API credentials (Settings > General) and not your portal login, that no IP restriction keeps this machine out, and that API access is switched on.',
      cause: error,
    })
  }
}

/** No call that only reads tells whose credentials these are; one of them shows that they work. */
export async function whoAmI(http: VendorHttp): Promise<Identity> {
  await readCompanies(http)
  return { id: 'api', name: 'MSP Backups API', email: null, tenant: null }
}

export const permissions = (http: VendorHttp): Promise<Permission[]> =>
  Promise.all([
    mayRead(readCompanies(http)).then((may) => ({ what: 'clients', may })),
    mayRead(mayReadPlans(http)).then((may) => ({ what: 'backups', may })),
  ])

async function mayRead(read: Promise<unknown>): Promise<boolean> {
  try {
    await read
    return true
  } catch (error) {
    if (error instanceof HttpFailure && (error.status === 401 || error.status === 403)) return false
    throw error
  }
}
