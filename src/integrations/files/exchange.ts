import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { codeOf, MspError } from '../../errors.ts'
import { HttpFailure } from '../../http/failure.ts'
import type { SharedFile } from '../../sharing/file-host.ts'
import { openLocalFile } from '../../sharing/local-file.ts'
import { sendFile } from '../../sharing/send-file.ts'
import { toRefusal } from './refusal.ts'

/** A request as it leaves: its signature is in the headers. */
export interface SignedRequest {
  url: URL
  method: string
  headers: Record<string, string>
  /** What is put: a text, or a file that is read as it goes. */
  body?: string | SharedFile
  /** How long nothing may move: a large file on a slow line takes its time. */
  timeoutMs: number
}

const longestText = 65_536
// what becomes of these is known: nothing has left
const notSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])

/** Sends it once and gives the text of the answer. Redirects are not followed: the signature is for this address. */
export async function exchange({ url, method, headers, body, timeoutMs }: SignedRequest): Promise<string> {
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { method, headers, timeout: timeoutMs })
  const answered = new Promise<IncomingMessage>((resolve, reject) => request.once('response', resolve).once('error', reject))
  request.on('error', () => {}) // that of its end, when nobody waits for it any more
  let isLate = false
  request.once('timeout', () => {
    isLate = true
    request.destroy(new Error('Nothing moved.'))
  })
  const sent = sendBody(request, body)
  try {
    const answer = await Promise.race([answered, sent.then(() => answered)])
    const text = await readText(answer)
    const { statusCode: status = 0 } = answer
    if (status >= 200 && status < 300) return text
    throw toRefusal(status, text)
  } catch (error) {
    throw error instanceof MspError ? error : toFailure(error, { host: url.host, isLate, timeoutMs })
  } finally {
    request.destroy()
    await Promise.allSettled([sent, answered])
  }
}

/** Fails only when the file does: that the other side takes no more is said by its answer, or by the request. */
async function sendBody(request: ClientRequest, body: SignedRequest['body']): Promise<void> {
  if (typeof body !== 'object') return void request.end(body)
  const open = await openLocalFile(body.path)
  try {
    await sendFile(request, open, body)
  } finally {
    await open.close()
  }
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer) {
    length += chunk.length
    if (length > longestText) throw new HttpFailure('vendor', 'The bucket answered with more than was asked for.', { outcome: 'unknown' })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Of the error only its code goes further. */
function toFailure(error: unknown, { host, isLate, timeoutMs }: { host: string; isLate: boolean; timeoutMs: number }): unknown {
  if (isLate)
    return new HttpFailure('network', `The bucket at ${host} did not answer within ${timeoutMs / 1000} s.`, {
      outcome: 'unknown',
      timeoutMs,
    })
  const code = codeOf(error)
  if (!code) return error
  const hint = 'Check your network, and the address in: msp integrate list'
  return new HttpFailure('network', `The bucket at ${host} could not be reached (${code}).`, {
    outcome: notSent.has(code) ? 'not_sent' : 'unknown',
    hint,
  })
}
