import { createHash } from 'node:crypto'
import { HttpFailure } from '../../http/failure.ts'
import type { CallRecord } from '../../http/http.ts'
import type { SharedFile } from '../../sharing/file-host.ts'
import type { Line } from '../line.ts'
import type { BucketPlace } from './address.ts'
import { exchange } from './exchange.ts'

/** The calls to one bucket. */
export interface Bucket {
  readonly prefix: string
  put(key: string, content: string | SharedFile): Promise<void>
  get(key: string): Promise<string>
  /** Nothing to say of one that is gone already. */
  remove(key: string): Promise<void>
  /** A link with which anybody can read the object for so long. */
  sign(key: string, seconds: number): Promise<string>
}

export function openBucket(line: Line, { endpoint, bucket, region, prefix }: BucketPlace): Bucket {
  const urlOf = (key: string) => `${endpoint}/${bucket}/${key}`
  const client = async () => {
    const { AwsClient } = await import('aws4fetch')
    return new AwsClient({ accessKeyId: line.username, secretAccessKey: line.password(), service: 's3', region })
  }
  const send = async (method: string, key: string, content?: { body: string | SharedFile; headers: Record<string, string> }) => {
    const signed = await (await client()).sign(urlOf(key), { method, headers: content?.headers ?? {} })
    const headers = Object.fromEntries(signed.headers)
    return exchange({ url: new URL(signed.url), method, headers, ...(content && { body: content.body }), timeoutMs: line.limits.request })
  }
  const recordOf = (key: string, action: CallRecord['action'], sent?: object): CallRecord => ({
    ...{ type: 'custom_integration', action, externalId: key },
    ...(sent && { sent }),
  })
  return {
    prefix,
    put: async (key, body) => {
      const { bytes, checksum } = measure(body)
      const headers = {
        ...{ 'content-type': 'application/octet-stream', 'content-disposition': 'attachment' },
        ...{ 'content-length': String(bytes), 'x-amz-content-sha256': checksum },
      }
      await line.call(recordOf(key, 'created', { bytes }), () => send('PUT', key, { body, headers }))
    },
    get: (key) => line.call(recordOf(key, 'retrieved'), () => send('GET', key)),
    remove: (key) =>
      line.call(recordOf(key, 'deleted'), async () => {
        await send('DELETE', key).catch((error) => {
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

const measure = (content: string | SharedFile): { bytes: number; checksum: string } =>
  typeof content === 'string'
    ? { bytes: Buffer.byteLength(content), checksum: createHash('sha256').update(content).digest('hex') }
    : { bytes: content.sizeBytes, checksum: content.checksum }
