import { MspError } from '../../errors.ts'
import { checkBaseUrl } from '../../http/base-url.ts'

/** Where a bucket is. */
export interface BucketPlace {
  /** Without a slash at the end; the bucket is the first part of the path behind it. */
  endpoint: string
  bucket: string
  region: string
  /** What every name of an object begins with: empty, or with a slash at the end. */
  prefix: string
}

/** `https://s3.example.com?bucket=reports&region=auto&prefix=msp/` */
export function toAddress({ endpoint, bucket, region, prefix }: BucketPlace): string {
  const refuse = (what: string, hint?: string) => new MspError('usage', what, { hint })
  const root = checkBaseUrl(endpoint, 'the S3 endpoint')
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) || bucket.includes('..'))
    throw refuse(`"${bucket}" is no name of a bucket.`, 'It has 3 to 63 small letters, digits, dots and hyphens.')
  if (!/^[a-z0-9-]{1,40}$/.test(region))
    throw refuse(`"${region}" is no region.`, 'Use auto, us-east-1, eu-central-1 or what your provider names.')
  const start = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
  const isPlain = start
    .split('/')
    .slice(0, -1)
    .every((part) => /^[\w.-]+$/.test(part) && !/^\.+$/.test(part))
  if (!isPlain || start.length > 100)
    throw refuse(`"${prefix}" is no beginning for the names in a bucket.`, 'Use letters, digits, and slashes between: msp/')
  return `${root}?bucket=${bucket}&region=${region}&prefix=${start}`
}

/** An address as it is stored. */
export function readAddress(address: string): BucketPlace {
  const [endpoint = '', query = ''] = address.split('?')
  const given = new URLSearchParams(query)
  return { endpoint, bucket: given.get('bucket') ?? '', region: given.get('region') ?? '', prefix: given.get('prefix') ?? '' }
}
