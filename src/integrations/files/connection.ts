import { randomBytes } from 'node:crypto'
import { MspError } from '../../errors.ts'
import { HttpFailure } from '../../http/failure.ts'
import type { FileHost, Offer, SharedFile } from '../../sharing/file-host.ts'
import type { Connection, Identity } from '../integration.ts'
import type { Line } from '../line.ts'
import { readAddress } from './address.ts'
import { type Bucket, openBucket } from './bucket.ts'

export function openConnection(line: Line): Connection {
  const place = readAddress(line.url)
  const name = `${place.bucket} at ${new URL(place.endpoint).host}`
  const bucket = openBucket(line, place)
  return {
    whoAmI: async () => tryOut(bucket, { id: line.username, name, email: null, tenant: null }),
    fileHost: fileHost(line, bucket, `the bucket ${name}`),
  }
}

/** Only doing it tells whether a key may put, read and delete. */
async function tryOut(bucket: Bucket, identity: Identity): Promise<Identity> {
  const key = newKey(bucket)
  const text = `msp ${key}`
  await bucket.put(key, text)
  try {
    if ((await bucket.get(key)) !== text) throw new MspError('vendor', 'The bucket gave back something else than was put into it.')
  } finally {
    await bucket.remove(key)
  }
  return identity
}

// no names of files or clients: they stand in logs of others
const newKey = ({ prefix }: Bucket): string => `${prefix}${randomBytes(32).toString('base64url')}`

const fileHost = (line: Line, bucket: Bucket, place: string): FileHost => ({
  place,
  lifeMs: () => line.limits.attach,
  offer: (file) => offerFile(line, bucket, file),
})

// a bucket tells nobody who fetches; what somebody has begun to read it gives to the end, also when the object is deleted meanwhile
const silent: Pick<Offer, 'fetched' | 'isBeingFetched' | 'missed' | 'problem'> = {
  fetched: () => null,
  isBeingFetched: () => false,
  missed: () => undefined,
  problem: () => undefined,
}

async function offerFile({ limits, now }: Line, bucket: Bucket, file: SharedFile): Promise<Offer> {
  const key = newKey(bucket)
  let withdrawing: Promise<void> | undefined
  const withdraw = () => {
    withdrawing ??= bucket.remove(key)
    return withdrawing
  }
  try {
    await bucket.put(key, file)
    const seconds = Math.ceil(limits.attach / 1000)
    const until = new Date(now().getTime() + limits.attach)
    return { url: await bucket.sign(key, seconds), until, ...silent, withdraw }
  } catch (error) {
    // half of it may be there; why it failed is what matters
    if (!(error instanceof HttpFailure && error.outcome !== 'unknown')) await withdraw().catch(() => {})
    throw error
  }
}
