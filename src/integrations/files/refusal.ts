import type { ErrorCode } from '../../errors.ts'
import { HttpFailure } from '../../http/failure.ts'

const codes: Record<number, ErrorCode> = { 401: 'sign_in', 403: 'forbidden', 404: 'not_found', 429: 'rate_limited' }
// of these the bucket says that the key itself is wrong
const keyCodes = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken'])
const longest = 300

/** A refusal in the bucket's own words; what it repeats of the request, such as what was signed, is left out. */
export function toRefusal(status: number, text: string): HttpFailure {
  const [code, message] = [tagIn(text, 'Code'), tagIn(text, 'Message')]
  const reason = [code, message].filter(Boolean).join(': ').replace(/\.$/, '')
  const said = reason ? `${reason} (status ${status})` : `status ${status}`
  if (status >= 300 && status < 400) {
    const hint = 'Its region or its endpoint is another one: msp integrate files --endpoint URL --region NAME'
    return new HttpFailure('config', `The bucket is at another address: ${said}.`, { outcome: 'refused', status, hint })
  }
  const isKey = code !== undefined && keyCodes.has(code)
  return new HttpFailure(isKey ? 'sign_in' : (codes[status] ?? 'vendor'), `The bucket refused: ${said}.`, {
    outcome: status >= 500 ? 'unknown' : 'refused',
    status,
    hint: isKey ? 'Check the access key and its secret, then: msp integrate files' : undefined,
  })
}

function tagIn(xml: string, name: string): string | undefined {
  const [, text] = new RegExp(`<${name}>([^<]{1,2000})</${name}>`).exec(xml) ?? []
  return text
    ?.replace(/\s+/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .trim()
    .slice(0, longest)
}
