import { checkBaseUrl } from '../../http/base-url.ts'
import type { HttpIntegration } from '../../integrations/integration.ts'

/** Where the vendor is: to be looked at before a secret is asked for. */
export function baseUrlOf(
  { baseUrl, fromApiUrl, label, hosts }: HttpIntegration,
  { apiUrl, tenant }: { apiUrl?: string | undefined; tenant?: string | undefined },
): string {
  const url = apiUrl === undefined ? baseUrl(tenant) : fromApiUrl(checkBaseUrl(apiUrl, label, hosts))
  return checkBaseUrl(url, label, hosts)
}
