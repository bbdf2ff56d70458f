import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { MspError } from '../../src/errors.ts'
import type { CallRecord } from '../../src/http/http.ts'
import { readAddress, toAddress } from '../../src/integrations/files/address.ts'
import { files } from '../../src/integrations/files/index.ts'
import type { Line } from '../../src/integrations/line.ts'
import { readLocalFile } from '../../src/sharing/local-file.ts'
import { standardLimits } from '../../src/world.ts'
import { temporaryFolder } from '../support/engines.ts'
import { bucket, key, startS3 } from '../support/s3.ts'
import { anyText } from '../support/text.ts'

interface Given {
  endpoint: string
  id?: string
  secret?: string
  named?: string
  request?: number
}

/** Connected to a bucket, with the records of its calls. */
async function open({ endpoint, id = key.id, secret = key.secret, named = bucket, request = 1000 }: Given) {
  const records: CallRecord[] = []
  const line: Line = {
    url: toAddress({ endpoint, bucket: named, region: 'us-east-1', prefix: 'msp' }),
    username: id,
    account: { name: 'Files', email: null },
    password: () => secret,
    limits: { ...standardLimits, request },
    now: () => new Date(),
    call: (record, send) => {
      records.push(record)
      return send()
    },
  }
  const connection = await files.open(line)
  assert.ok(connection.fileHost)
  return { connection, host: connection.fileHost, records }
}

function fileIn(t: TestContext, content: Buffer) {
  const path = join(temporaryFolder(t), 'dataforth report.pdf')
  writeFileSync(path, content)
  return path
}

const objectsIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => name)

test('a file is put under a name that nobody can guess, has a link that works without a key, and is gone when that is withdrawn', async (t) => {
  const { endpoint, folder } = await startS3(t)
  const { host, records } = await open({ endpoint })
  const content = randomBytes(200_000)
  const offer = await host.offer(await readLocalFile(fileIn(t, content)))
  const received = await fetch(offer.url)
  assert.deepEqual([received.status, Buffer.from(await received.arrayBuffer()).equals(content)], [200, true])
  assert.deepEqual(
    [received.headers.get('content-type'), received.headers.get('content-disposition')],
    ['application/octet-stream', 'attachment'],
  )
  const [, , name = ''] = new URL(offer.url).pathname.slice(1).split('/')
  assert.match(name, /^[\w-]{43}$/)
  assert.match(offer.url, /X-Amz-Expires=120&/)
  await offer.withdraw()
  await offer.withdraw()
  assert.deepEqual([(await fetch(offer.url)).status, objectsIn(folder)], [404, []])
  assert.deepEqual(records, [
    { type: 'custom_integration', action: 'created', externalId: `msp/${name}`, sent: { bytes: 200_000 } },
    { type: 'custom_integration', action: 'deleted', externalId: `msp/${name}` },
  ])
  assert.deepEqual([offer.fetched(), offer.problem(), host.place], [null, undefined, `the bucket reports at ${new URL(endpoint).host}`])
})

test('the link is signed: another name, or a longer life, and it is refused', async (t) => {
  const { endpoint } = await startS3(t)
  const { host } = await open({ endpoint })
  const { url, withdraw } = await host.offer(await readLocalFile(fileIn(t, Buffer.from('x'))))
  assert.equal((await fetch(url.replace('Expires=120', 'Expires=9000'))).status, 403)
  await withdraw()
})

test('whether the key may put, read and delete is tried, and nothing is left behind', async (t) => {
  const { endpoint, folder } = await startS3(t)
  const { connection, records } = await open({ endpoint })
  assert.deepEqual(await connection.whoAmI(), { id: 'S3RVER', name: `reports at ${new URL(endpoint).host}`, email: null, tenant: null })
  assert.deepEqual([records.map(({ action }) => action), objectsIn(folder)], [['created', 'retrieved', 'deleted'], []])
})

for (const [what, given, code, message] of [
  ['a wrong secret', { secret: 'S3RVEr' }, 'sign_in', /^The bucket refused: SignatureDoesNotMatch: .+ \(status 403\)\.$/],
  ['a wrong key', { id: 'NOBODY' }, 'sign_in', /^The bucket refused: InvalidAccessKeyId: .+ \(status 403\)\.$/],
  ['a bucket that is not there', { named: 'others' }, 'not_found', /^The bucket refused: NoSuchBucket: .+ \(status 404\)\.$/],
] as const) {
  test(`${what} is a refusal in the bucket's own words, without a secret`, async (t) => {
    const { endpoint } = await startS3(t)
    const { connection, host } = await open({ endpoint, ...given })
    const file = await readLocalFile(fileIn(t, randomBytes(500_000)))
    for (const attempt of [() => connection.whoAmI(), () => host.offer(file)]) {
      const error = await attempt().then(
        () => assert.fail('it was accepted'),
        (thrown) => thrown,
      )
      assert.deepEqual([error.code, message.test(error.message)], [code, true], error.message)
      assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, /S3RVE|Signature=|AWS4-HMAC/)
    }
  })
}

test('a file that changed since it was looked at is not offered, and taken away', async (t) => {
  const { endpoint } = await startS3(t)
  const { host, records } = await open({ endpoint })
  const path = fileIn(t, randomBytes(200_000))
  const file = await readLocalFile(path)
  writeFileSync(path, randomBytes(200_000))
  await assert.rejects(host.offer(file), { code: 'usage', message: `${path} changed while it was read.` })
  assert.deepEqual(
    records.map(({ action }) => action),
    ['created', 'deleted'],
  )
})

test('a bucket that cannot be reached, or says nothing, is an error in time', async (t) => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  t.after(() => silent.close().closeAllConnections())
  const at = `127.0.0.1:${(silent.address() as AddressInfo).port}`
  const late = (await open({ endpoint: `http://${at}`, request: 100 })).connection
  await assert.rejects(late.whoAmI(), { code: 'network', timeoutMs: 100, message: `The bucket at ${at} did not answer within 0.1 s.` })
  const gone = (await open({ endpoint: 'http://127.0.0.1:1' })).connection
  await assert.rejects(gone.whoAmI(), {
    code: 'network',
    outcome: 'not_sent',
    message: 'The bucket at 127.0.0.1:1 could not be reached (ECONNREFUSED).',
  })
})

test('a file that cannot be read to its end is said at once, and does not wait for the bucket', async (t) => {
  const { endpoint } = await startS3(t)
  const { host, records } = await open({ endpoint, request: 60_000 })
  const file = { ...(await readLocalFile(fileIn(t, randomBytes(200_000)))), path: temporaryFolder(t) }
  await assert.rejects(host.offer(file), { code: 'storage', message: `${file.path} could not be read to its end (EISDIR).` })
  assert.deepEqual(
    records.map(({ action }) => action),
    ['created', 'deleted'],
  )
})

test('a bucket that takes a file slowly is not given up while it takes it', async (t) => {
  const server = createServer(async (request, response) => {
    for await (const _ of request) await new Promise((resolve) => setTimeout(resolve, 2))
    response.end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => server.close().closeAllConnections())
  const { host } = await open({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, request: 500 })
  const offer = await host.offer(await readLocalFile(fileIn(t, randomBytes(24_000_000))))
  assert.equal(offer.problem(), undefined)
})

test('a redirect is not followed', async (t) => {
  const server = createServer((_, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/elsewhere' }).end())
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => server.close().closeAllConnections())
  const { connection } = await open({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  await assert.rejects(connection.whoAmI(), { code: 'config', message: 'The bucket is at another address: status 307.' })
})

test('an address is kept whole', () => {
  const place = { endpoint: 'https://s3.example.com/storage', bucket: 'reports', region: 'eu-central-1', prefix: 'msp/' }
  const address = toAddress({ ...place, prefix: 'msp' })
  assert.deepEqual(
    [address, readAddress(address)],
    ['https://s3.example.com/storage?bucket=reports&region=eu-central-1&prefix=msp/', place],
  )
  assert.equal(files.checkUrl(address), address)
})

for (const wrong of [
  { endpoint: 'http://s3.example.com' },
  { endpoint: 'https://user@s3.example.com' },
  { bucket: '../other' },
  { bucket: 'Reports' },
  { region: 'eu central' },
  { prefix: '../x/' },
  { prefix: 'a//b/' },
  { prefix: 'a?b/' },
]) {
  test(`${JSON.stringify(wrong)} is refused`, () => {
    assert.throws(() => toAddress({ endpoint: 'https://s3.example.com', bucket: 'reports', region: 'auto', prefix: 'msp/', ...wrong }), {
      code: 'usage',
    })
  })
}

test('whatever names a bucket, its address is read back as it was, or it is refused with a sentence', () => {
  const text = (of: string) => fc.oneof(fc.constant(of), anyText({ maxLength: 8 }), fc.constantFrom('..', 'a/b', 'a&b=c', 'a#b'))
  const places = fc.record({
    endpoint: text('https://s3.example.com'),
    bucket: text('reports'),
    region: text('auto'),
    prefix: text('msp/'),
  })
  fc.assert(
    fc.property(places, (place) => {
      try {
        const address = toAddress(place)
        const { prefix } = place
        const whole = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
        assert.deepEqual(readAddress(address), { ...place, prefix: whole })
      } catch (error) {
        if (!(error instanceof MspError)) throw error
      }
    }),
  )
})
