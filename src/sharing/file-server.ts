import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { MspError } from '../errors.ts'
import { checkUrl } from '../http/base-url.ts'
import { isLoopback } from '../loopback.ts'
import { type FileHost, longestFetchMs, type Offer, type SharedFile } from './file-host.ts'
import { openLocalFile } from './local-file.ts'
import { sendFile } from './send-file.ts'
import { type Answering, type ListenPlace, serve } from './server.ts'

export interface FileServerOptions {
  listen: ListenPlace
  /** What the one who fetches sees in front of this server; without a port on loopback that of the server. */
  publicUrl: URL
  lifeMs: number
  now: () => Date
}

const mostFetches = 5
const secretBytes = 32
const moment = 15_000 // for a small file that is fetched at the last moment

/** Checks the address under which a tunnel or a proxy offers what msp serves here. */
export const toPublicUrl = (typed: string): URL => checkUrl(typed, 'the files')

/** Offers a file from this machine, for as long as this process serves it. */
export const fileServer = (options: FileServerOptions): FileHost => ({
  place: toPlace(options.publicUrl),
  lifeMs: (sizeBytes) => options.lifeMs + longestFetchMs(sizeBytes),
  offer: (file) => offerFile(options, file),
})

const toPlace = ({ href }: URL): string => href.replace(/\/+$/, '')

async function offerFile({ listen, publicUrl, lifeMs, now }: FileServerOptions, file: SharedFile): Promise<Offer> {
  const secret = randomBytes(secretBytes).toString('base64url')
  const open = await openLocalFile(file.path)
  const shared: Shared = {
    ...{ file, secret, open, isKnown: false, started: 0, underWay: 0, fetched: 0, problem: undefined },
    ...{ now, until: new Date(now().getTime() + lifeMs) },
  }
  const server = await serve(listen, [fileRoute(shared)]).catch(async (error) => {
    await open.close()
    throw error
  })
  let closing: Promise<void> | undefined
  return {
    url: toLink(publicUrl, server.port, `${secret}/${encodeURIComponent(file.name)}`),
    until: shared.until,
    fetched: () => shared.fetched,
    isBeingFetched: () => shared.underWay > 0,
    missed: () =>
      shared.isKnown
        ? 'It was asked for, and nobody took all of it.'
        : `Nobody asked for it at ${listen.host}:${server.port}, where ${toPlace(publicUrl)} must lead.`,
    problem: () => shared.problem,
    withdraw: () => {
      closing ??= server.close().then(() => open.close())
      return closing
    },
  }
}

function toLink(publicUrl: URL, port: number, path: string): string {
  const url = new URL(publicUrl)
  if (isLoopback(url.hostname) && url.port === '') url.port = String(port)
  return `${toPlace(url)}/${path}`
}

/** The one file that a server offers, and how it went. */
interface Shared {
  file: SharedFile
  secret: string
  open: FileHandle
  /** Somebody has come with the right link. */
  isKnown: boolean
  started: number
  /** Fetches that have not ended. */
  underWay: number
  fetched: number
  problem: string | undefined
  until: Date
  now: () => Date
}

/** Answers at the secret path alone; a proxy may have put a path before it, or not. */
function fileRoute(shared: Shared): Answering {
  return (request, response) => {
    if (!isAsked(request, shared)) return false
    if (request.method === 'HEAD') {
      response.writeHead(200, headersOf(shared.file)).end()
      return true
    }
    shared.started++
    send(shared, response).catch(() => response.destroy())
    return true
  }
}

function isAsked({ method, url = '' }: IncomingMessage, shared: Shared): boolean {
  const { file, secret, started, problem, until, now } = shared
  // whoever passes a link on may write it in another way, and add a query
  const [path = ''] = url.split('?', 1)
  const [given = '', name] = path.split('/').slice(-2).map(toDecoded)
  if (!isEqual(given, secret) || name !== file.name) return false
  shared.isKnown = true
  if (problem !== undefined || now() > until) return false
  // a fetcher may try again, but nobody needs a link as often as that
  return method === 'HEAD' || (method === 'GET' && started < mostFetches)
}

function toDecoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined // a "%" that begins no code
  }
}

const isEqual = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const headersOf = ({ name, sizeBytes }: SharedFile) => ({
  'content-type': 'application/octet-stream',
  'content-length': sizeBytes,
  'content-disposition': `attachment; filename="${name.replace(/[^ -~]/g, '_')}"; filename*=UTF-8''${toExtended(name)}`,
})

const toExtended = (name: string): string => encodeURIComponent(name).replace(/['()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`)

/** Sends it once. Who has begun gets all of it, while it goes on: the server cuts a line that is silent, and the timer one that crawls. */
async function send(shared: Shared, response: ServerResponse): Promise<void> {
  const { file, open, until, now } = shared
  shared.underWay++
  const left = until.getTime() - now().getTime() + longestFetchMs(file.sizeBytes) + moment
  const timer = setTimeout(() => response.destroy(), left)
  response.once('close', () => {
    shared.underWay--
    clearTimeout(timer)
  })
  response.once('finish', () => shared.fetched++)
  response.writeHead(200, headersOf(file))
  try {
    if (!(await sendFile(response, open, file))) response.destroy()
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    // of one that was cut already the file may be closed
    if (!response.destroyed) shared.problem = error.message
    // so that nobody takes it for whole
    response.destroy()
  }
}
