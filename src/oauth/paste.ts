import { MspError } from '../errors.ts'
import { hasState } from './receiver.ts'

/** Characters of what is pasted. */
export const longestPaste = 8192

/**
 * The parameters of a redirect out of what a person copied from the address bar: the whole address or all behind its `?`, in quotes or angle
 * brackets, broken over lines as a terminal breaks it. Anything else is refused in one sentence.
 */
export function readPasted(pasted: string, { redirectUri, state }: { redirectUri: string; state: string }): URLSearchParams {
  const text = pasted.replace(/\s+/g, '').replace(/^["'<]+|["'>]+$/g, '')
  if (text === '') throw refusal('Nothing was pasted.')
  if (text.length > longestPaste) throw refusal('That is far longer than the address can be.')
  const params = new URLSearchParams(queryOf(text, redirectUri))
  if (hasState(params, state)) return params
  throw refusal(params.has('state') ? 'That address belongs to another sign-in.' : 'That is not the whole address: it has no state in it.')
}

function queryOf(text: string, redirectUri: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    if (/^\??[\w.~%-]+=/.test(text)) return text.replace(/^\?/, '')
    throw refusal('That is not the address: a code alone does not do.')
  }
  const [address = '', query = ''] = (text.split('#')[0] ?? '').split(/\?(.*)/s)
  if (address === redirectUri) return query
  throw refusal('That address leads somewhere else.')
}

const refusal = (sentence: string): MspError =>
  new MspError('usage', sentence, {
    hint: 'Copy all that stands in the address bar after you have agreed, even when the page says that it cannot connect.',
  })
