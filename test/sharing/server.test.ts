import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileServer, toPublicUrl } from '../../src/sharing/file-server.ts'
import { longestFile, readLocalFile, toFileName } from '../../src/sharing/local-file.ts'
import { serve } from '../../src/sharing/server.ts'
import { temporaryFolder } from '../support/engines.ts'

const listen = { host: '127.0.0.1', port: 0 }
const bytes = randomBytes(300_000)

/** A file that is offered, and a clock that stands still until it is moved. */
async function offered(t: TestContext, { content = bytes as Buffer, name = 'report.pdf', publicUrl = 'http://127.0.0.1' } = {}) {
  const path = join(temporaryFolder(t), 'local.bin')
  writeFileSync(path, content)
  let time = Date.parse('2026-01-15T21:32:00.000Z')
  const now = () => new Date(time)
  const host = fileServer({ listen, publicUrl: toPublicUrl(publicUrl), lifeMs: 60_000, now })
  const offer = await host.offer(await readLocalFile(path, name))
  t.after(() => offer.withdraw())
  const pass = (milliseconds: number) => {
    time += milliseconds
  }
  return { path, host, offer, pass }
}

const statusOf = async (url: string, init?: RequestInit) => (await fetch(url, init)).status
const isCut = async (url: string) => {
  try {
    const answer = await fetch(url)
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return 'cut'
  }
}

test('the file comes whole, under a name of its own, and nobody keeps a copy', async (t) => {
  const { offer } = await offered(t, { name: 'Übersicht "5\'.pdf'.replace('"', '') })
  const answer = await fetch(offer.url)
  const received = Buffer.from(await answer.arrayBuffer())
  const names = ['content-type', 'content-length', 'content-disposition', 'x-content-type-options', 'cache-control', 'referrer-policy']
  assert.deepEqual(
    [answer.status, received.equals(bytes), names.map((name) => answer.headers.get(name))],
    [
      200,
      true,
      [
        'application/octet-stream',
        '300000',
        `attachment; filename="_bersicht 5'.pdf"; filename*=UTF-8''%C3%9Cbersicht%205%27.pdf`,
        'nosniff',
        'no-store',
        'no-referrer',
      ],
    ],
  )
  assert.deepEqual([offer.fetched(), offer.problem()], [1, undefined])
})

test('the link cannot be guessed, and everything beside it is a 404 that tells nothing', async (t) => {
  const { offer } = await offered(t)
  const url = new URL(offer.url)
  const [, secret = '', name] = url.pathname.split('/')
  assert.deepEqual([/^[\w-]{43}$/.test(secret), name], [true, 'report.pdf'])
  const wrong = [
    '/',
    '/report.pdf',
    `/${secret}`,
    `/${secret}/`,
    `/${secret}/other.pdf`,
    `/${secret.slice(1)}x/report.pdf`,
    `/${secret}/report.pdf/x`,
  ]
  for (const path of wrong) {
    const answer = await fetch(`${url.origin}${path}`)
    assert.deepEqual([answer.status, await answer.text()], [404, ''], path)
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) assert.equal(await statusOf(offer.url, { method }), 404, method)
  assert.equal(offer.fetched(), 0)
})

/** Asks for a path as it is written. */
function statusOfRaw(port: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1').on('error', reject)
    socket.once('data', (answer) => resolve(answer.toString().slice(9, 12)))
    socket.end(`HEAD ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
  })
}

test('every spelling of the link leads to the file, and a bad one to nothing', async (t) => {
  const { offer } = await offered(t, { name: 'Über a,b (100%).pdf' })
  const { port, pathname } = new URL(offer.url)
  const [, secret = '', name = ''] = pathname.split('/')
  const small = name.replace(/%../g, (code) => code.toLowerCase())
  const all = [...Buffer.from('Über a,b (100%).pdf')].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  const good = [name, small, all, name.replace('%2C', ','), name.replace('(', '%28'), `${name}?x=1`, `${name}?`]
  const bad = [`${name}%`, name.replace('%25', '%'), '%', '%E0%A4%A', '%FF', `${name}/`, `%2e%2e/${name}`, name.replace('%2C', '%252C')]
  const ask = (paths: string[]) => Promise.all(paths.map(async (path) => [path, await statusOfRaw(port, `/${secret}/${path}`)]))
  assert.deepEqual([await ask(good), await ask(bad)], [good.map((path) => [path, '200']), bad.map((path) => [path, '404'])])
  assert.equal(await statusOfRaw(port, `/%/${name}`), '404')
  const plain = new URL((await offered(t, { name: '100%.pdf' })).offer.url)
  const asked = ['100%25.pdf', '100%.pdf'].map((path) => statusOfRaw(plain.port, plain.pathname.replace(/[^/]+$/, path)))
  assert.deepEqual(await Promise.all(asked), ['200', '404'])
})

test('HEAD tells how long it is, and counts as no fetch', async (t) => {
  const { offer } = await offered(t)
  const answer = await fetch(offer.url, { method: 'HEAD' })
  assert.deepEqual([answer.status, answer.headers.get('content-length'), offer.fetched()], [200, '300000', 0])
})

test('a proxy may pass the path before the link on, or not', async (t) => {
  const { offer, host } = await offered(t, { publicUrl: 'http://127.0.0.1/msp/' })
  const url = new URL(offer.url)
  assert.match(url.pathname, /^\/msp\/[\w-]{43}\/report\.pdf$/)
  assert.deepEqual(
    [host.place, await statusOf(offer.url), await statusOf(offer.url.replace('/msp/', '/'))],
    ['http://127.0.0.1/msp', 200, 200],
  )
})

test('the link is good for five fetches', async (t) => {
  const { offer } = await offered(t, { content: Buffer.from('x') })
  const statuses = []
  for (let time = 0; time < 6; time++) statuses.push(await statusOf(offer.url))
  assert.deepEqual([statuses, offer.fetched()], [[200, 200, 200, 200, 200, 404], 5])
})

test('the link ends with its time', async (t) => {
  const { offer, pass } = await offered(t)
  assert.equal(offer.until.toISOString(), '2026-01-15T21:33:00.000Z')
  pass(60_000)
  assert.equal(await statusOf(offer.url), 200)
  pass(1)
  assert.equal(await statusOf(offer.url), 404)
})

test('who has begun to fetch in time gets all of it, and nobody else begins', async (t) => {
  const content = randomBytes(24_000_000)
  const { offer, pass } = await offered(t, { content })
  const answer = await fetch(offer.url)
  const before = offer.isBeingFetched()
  pass(60_001)
  assert.equal(await statusOf(offer.url), 404)
  const received = Buffer.from(await answer.arrayBuffer())
  while (offer.isBeingFetched()) await wait(5)
  assert.deepEqual([before, received.equals(content), offer.fetched()], [true, true, 1])
})

test('a withdrawn link leads nowhere, and may be withdrawn again', async (t) => {
  const { offer } = await offered(t)
  await offer.withdraw()
  await offer.withdraw()
  await assert.rejects(fetch(offer.url))
})

test('a fetch that breaks off is none, and does not keep the link from being withdrawn', async (t) => {
  const { offer } = await offered(t, { content: randomBytes(8_000_000) })
  const { port, pathname } = new URL(offer.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(`GET ${pathname} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await new Promise((resolve) => socket.once('data', resolve))
  socket.destroy()
  const slow = connect(Number(port), '127.0.0.1')
  slow.on('error', () => {})
  slow.write(`GET ${pathname} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await new Promise((resolve) => slow.once('data', resolve))
  slow.pause()
  await offer.withdraw()
  assert.equal(offer.fetched(), 0)
})

for (const [what, change] of [
  ['grew', (path: string) => appendFileSync(path, 'more')],
  ['shrank', (path: string) => truncateSync(path, 1000)],
  ['has other bytes', (path: string) => writeFileSync(path, randomBytes(bytes.length))],
] as const) {
  test(`of a file that ${what} since it was looked at nobody gets the whole`, async (t) => {
    const { path, offer } = await offered(t)
    change(path)
    assert.deepEqual([await isCut(offer.url), offer.fetched(), offer.problem()], ['cut', 0, `${path} changed while it was read.`])
    assert.equal(await statusOf(offer.url), 404)
  })
}

test('of a file that is written to while it is fetched the line is cut, and it is said', async (t) => {
  const { path, offer } = await offered(t, { content: randomBytes(8_000_000) })
  const { port, pathname } = new URL(offer.url)
  const socket = connect(Number(port), '127.0.0.1')
  let length = 0
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(`GET ${pathname} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await new Promise((resolve) => socket.once('data', resolve))
  socket.pause()
  await wait(5)
  utimesSync(path, new Date(0), new Date(0))
  socket.on('data', (chunk) => {
    length += chunk.length
  })
  socket.resume()
  await closed
  assert.deepEqual([length < 8_000_000, offer.fetched(), offer.problem()], [true, 0, `${path} changed while it was read.`])
})

test('strangers who say nothing, or the wrong thing, keep nobody out, and cut no fetch that goes on', async (t) => {
  const { offer } = await offered(t, { content: randomBytes(8_000_000) })
  const under = await fetch(offer.url)
  const { port, origin } = new URL(offer.url)
  const strangers = Array.from({ length: 100 }, () => connect(Number(port), '127.0.0.1').on('error', () => {}))
  t.after(() => strangers.forEach((socket) => void socket.destroy()))
  await Promise.all(strangers.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  assert.deepEqual(
    [await statusOf(`${origin}/wrong`), await statusOf(offer.url, { method: 'HEAD' }), (await under.arrayBuffer()).byteLength],
    [404, 200, 8_000_000],
  )
})

test('a port that is taken is a sentence', async (t) => {
  const first = await serve(listen, [])
  t.after(() => first.close())
  await assert.rejects(serve({ ...listen, port: first.port }, []), {
    code: 'config',
    message: `msp cannot listen on 127.0.0.1:${first.port} (EADDRINUSE).`,
  })
})

for (const typed of [
  'http://tunnel.example.com',
  'https://user@tunnel.example.com',
  'https://tunnel.example.com/?x=1',
  'tunnel.example.com',
]) {
  test(`${typed} is no public address`, () => assert.throws(() => toPublicUrl(typed), { code: 'usage' }))
}

test('a file is read once for its size and checksum', async (t) => {
  const path = join(temporaryFolder(t), 'a.bin')
  writeFileSync(path, bytes)
  const checksum = createHash('sha256').update(bytes).digest('hex')
  assert.deepEqual(await readLocalFile(path), { path, name: 'a.bin', sizeBytes: 300_000, checksum })
})

test('what is no file, is empty or too large is refused with a sentence', async (t) => {
  const folder = temporaryFolder(t)
  const [empty, huge, sub] = [join(folder, 'empty'), join(folder, 'huge'), join(folder, 'sub')]
  writeFileSync(empty, '')
  writeFileSync(huge, '')
  truncateSync(huge, longestFile + 1)
  mkdirSync(sub)
  for (const [path, message] of [
    [join(folder, 'none'), `${join(folder, 'none')} is not on this machine.`],
    [empty, `${empty} is empty.`],
    [huge, `${huge} is larger than 2 GB.`],
    [sub, `${sub} is a folder.`],
    ['/dev/null', '/dev/null is not a regular file.'],
  ] as const) {
    await assert.rejects(readLocalFile(path), { code: 'usage', message })
  }
})

for (const name of ['', '..', 'a/b', 'a\\b', 'a"b', 'a\nb', 'x'.repeat(201)]) {
  test(`${JSON.stringify(name.slice(0, 10))} is no name for an attachment`, () => assert.throws(() => toFileName(name), { code: 'usage' }))
}
