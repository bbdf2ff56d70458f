import { createHash } from 'node:crypto'
import { MspError } from '../../errors.ts'
import { HttpFailure } from '../../http/failure.ts'
import type { CallRecord } from '../../http/http.ts'
import type { SharedFile } from '../../sharing/file-host.ts'
import { changed, openLocalFile } from '../../sharing/local-file.ts'
import type { Line } from '../line.ts'
import type { BucketPlace } from './address.ts'
import { toRefusal } from './refusal.ts'

/** What is put: a text, or a file that is read as it goes. */
type Content = { text: string } | { file: SharedFile }

/** The calls to one bucket. */
export interface Bucket {
  readonly prefix: string
  put(key: string, content: Content): Promise<void>
  get(key: string): Promise<string>
  /** Nothing to say of one that is gone already. */
  remove(key: string): Promise<void>
  /** A link with which anybody can read the object for so long. */
  sign(key: string, seconds: number): Promise<string>
}

const slowest = 50_000 // bytes per second that a line must carry before a transfer is given up
const longestText = 65_536

export function openBucket(line: Line, { endpoint, bucket, region, prefix }: BucketPlace): Bucket {
  const urlOf = (key: string) => `${endpoint}/${bucket}/${key}`
  const recordOf = (key: string, action: CallRecord['action'], sent?: object): CallRecord => ({
    ...{ type: 'custom_integration', action, externalId: key },
    ...(sent && { sent }),
  })
  const client = async () => {
    const { AwsClient } = await import('aws4fetch')
    return new AwsClient({ accessKeyId: line.username, secretAccessKey: line.password(), service: 's3', region })
  }
  const send = async (key: string, init: RequestInit & { method: string }, timeoutMs = line.limits.request): Promise<string> => {
    const { body, ...signed } = init
    const { url, headers } = await (await client()).sign(urlOf(key), signed)
    return exchange(url, { method: init.method, headers, ...(body && { body, duplex: 'half' as const }) }, timeoutMs)
  }
  return {
    prefix,
    put: (key, content) => {
      const sent = { bytes: 'text' in content ? content.text.length : content.file.sizeBytes }
      return line.call(recordOf(key, 'created', sent), () => putContent(send, key, content, line.limits.request))
    },
    get: (key) => line.call(recordOf(key, 'retrieved'), () => send(key, { method: 'GET' })),
    remove: (key) =>
      line.call(recordOf(key, 'deleted'), async () => {
        await send(key, { method: 'DELETE' }).catch((error) => {
          if (!(error instanceof HttpFailure) || error.status !== 404) throw error
        })
      }),
    sign: async (key, seconds) => {
      const url = new URL(urlOf(key))
      url.searchParams.set('X-Amz-Expires', String(seconds))
      return (await (await client()).sign(url, { method: 'GET', aws: { signQuery: true } })).url
    },
  }
}

type Send = (key: string, init: RequestInit & { method: string }, timeoutMs?: number) => Promise<string>

async function putContent(send: Send, key: string, content: Content, requestMs: number): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment' }
  if ('text' in content) {
    const checksum = createHash('sha256').update(content.text).digest('hex')
    await send(key, { method: 'PUT', headers: { ...headers, 'x-amz-content-sha256': checksum }, body: content.text })
    return
  }
  const { path, sizeBytes, checksum } = content.file
  const open = await openLocalFile(path)
  const hashing = createHash('sha256')
  // a bucket that compares nothing must not keep half of one state and half of another
  async function* read() {
    for await (const chunk of open.createReadStream({ start: 0, end: sizeBytes - 1, autoClose: false })) {
      hashing.update(chunk)
      yield chunk
    }
    const { size } = await open.stat()
    if (size !== sizeBytes || hashing.digest('hex') !== checksum) throw changed(path)
  }
  try {
    const length = { 'content-length': String(sizeBytes), 'x-amz-content-sha256': checksum }
    const timeoutMs = requestMs + (sizeBytes / slowest) * 1000
    await send(key, { method: 'PUT', headers: { ...headers, ...length }, body: ReadableStream.from(read()) }, timeoutMs)
  } finally {
    await open.close()
  }
}

/** Sends it once. Redirects are not followed: the signature is for this address. */
async function exchange(url: string, init: RequestInit, timeoutMs: number): Promise<string> {
  try {
    const answer = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
    const text = await readText(answer)
    if (answer.ok) return text
    throw toRefusal(answer.status, text)
  } catch (error) {
    if (error instanceof MspError) throw error
    throw toFailure(error, new URL(url).host, timeoutMs)
  }
}

async function readText(answer: Response): Promise<string> {
  let text = ''
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString('utf8')
    if (text.length > longestText)
      throw new HttpFailure('vendor', 'The bucket answered with more than was asked for.', { outcome: 'unknown' })
  }
  return text
}

/** What fetch throws holds the address with its signature in places, so only its code goes further. */
function toFailure(error: unknown, host: string, timeoutMs: number): MspError {
  const { name = '', cause } = (error ?? {}) as { name?: string; cause?: unknown }
  if (cause instanceof MspError) return cause
  if (name === 'TimeoutError')
    return new HttpFailure('network', `The bucket at ${host} did not answer within ${timeoutMs / 1000} s.`, {
      outcome: 'unknown',
      timeoutMs,
    })
  const { code } = (cause ?? {}) as { code?: string }
  const hint = 'Check your network, and the address in: msp integrate list'
  return new HttpFailure('network', `The bucket at ${host} could not be reached (${code ?? (name || 'no reason given')}).`, {
    outcome: 'unknown',
    hint,
  })
}
