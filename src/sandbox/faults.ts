import { MspError } from '../errors.ts'
import { type Answer, type Outcome, page, plain } from './answers.ts'
import { matchRoute, type Route, shapeOf, type VendorName } from './routes.ts'

const kinds = [
  'slow',
  'cut-before',
  'cut-after',
  'status',
  'status-after',
  'html',
  'half-json',
  'empty',
  'rate-limit',
  'unauthorized',
] as const

export type FaultKind = (typeof kinds)[number]

/** One way for a vendor to fail; it happens to the requests that `on` names. */
export interface Fault {
  vendor: VendorName
  /** `POST tickets/:id/comment`, the same with a real id, or `*` for every request. */
  on: string
  kind: FaultKind
  /** Lets so many matching requests pass first. */
  skip?: number
  /** How often it happens, 1 when not given. */
  times?: number
  /** How long `slow` waits, 3 seconds when not given. */
  ms?: number
  /** What `status` (500) and `status-after` (502) answer. */
  status?: number
  /** The Retry-After header of `rate-limit`; left out when not given. */
  retryAfter?: string
}

/** Reads `vendor:METHOD path=kind`, with `:times` behind the kind when it shall happen more than once. */
export function parseFault(text: string): Fault {
  const [, vendor, on = '', kind, times] =
    /^(syncro|msp-backups):(\*|(?:GET|POST|PUT|PATCH|DELETE) [^\s=]+)=([a-z-]+)(?::([1-9]\d*))?$/.exec(text) ?? []
  const known = kinds.find((name) => name === kind)
  if (known === undefined) {
    throw new MspError(
      'usage',
      `"${text}" is not a fault: write <vendor>:<METHOD path>=<kind>, with syncro or msp-backups as the vendor and ${kinds.join(', ')} as the kind.`,
      { hint: 'For example "syncro:POST tickets/:id/comment=cut-after", or with ":2" at the end for two times.' },
    )
  }
  return { vendor: vendor === 'syncro' ? 'syncro' : 'msp-backups', on, kind: known, ...(times && { times: Number(times) }) }
}

interface ArmedFault {
  fault: Fault
  seen: number
  fired: number
}

interface Request {
  vendor: VendorName
  method: string
  path: string
  route: Route | undefined
}

export class FaultList {
  readonly #armed: ArmedFault[] = []

  arm(fault: Fault): void {
    this.#armed.push({ fault, seen: 0, fired: 0 })
  }

  /** The fault that happens to this request. `skip` counts every request that matches, also those that another fault hits. */
  take(request: Request): Fault | undefined {
    let taken: ArmedFault | undefined
    for (const armed of this.#armed) {
      const { fault } = armed
      if (!happensTo(fault, request)) continue
      armed.seen++
      if (armed.seen > (fault.skip ?? 0) && armed.fired < (fault.times ?? 1)) taken ??= armed
    }
    if (taken === undefined) return undefined
    taken.fired++
    return taken.fault
  }

  /** The faults that never happened. */
  unfired(): Fault[] {
    return this.#armed.filter(({ fired }) => fired === 0).map(({ fault }) => fault)
  }
}

/** True when some request to one of these routes can meet the fault. */
export function canHappen(fault: Fault, routes: readonly Route[]): boolean {
  const [method = '', path = ''] = fault.on.split(' ')
  return fault.on === '*' || routes.some(({ on }) => shapeOf(on) === shapeOf(fault.on) || matchRoute(on, method, path) !== undefined)
}

function happensTo({ vendor, on }: Fault, request: Request): boolean {
  if (vendor !== request.vendor) return false
  if (on === '*' || on === `${request.method} ${request.path}`) return true
  return request.route !== undefined && shapeOf(on) === shapeOf(request.route.on)
}

/** What the client gets of a request that is not processed, or undefined when it is processed. */
export function insteadOf(fault: Fault, vendor: { unauthorized(): Answer; tooManyRequests(): Answer }): Outcome | undefined {
  switch (fault.kind) {
    case 'cut-before':
      return 'cut'
    case 'status':
      return page(fault.status ?? 500, 'Something went wrong')
    case 'html':
      return page(200, 'Sign in')
    case 'rate-limit':
      return { ...vendor.tooManyRequests(), ...(fault.retryAfter !== undefined && { headers: { 'retry-after': fault.retryAfter } }) }
    case 'unauthorized':
      return vendor.unauthorized()
    default:
      return undefined
  }
}

/** What is left on the way back of the answer to a processed request. */
export function spoil(fault: Fault, answer: Answer): Outcome {
  switch (fault.kind) {
    case 'cut-after':
      return 'cut'
    case 'status-after':
      return page(fault.status ?? 502, 'Bad gateway')
    case 'half-json':
      return { ...answer, text: answer.text.slice(0, Math.floor(answer.text.length / 2)) }
    case 'empty':
      return plain(200, '')
    default:
      return answer
  }
}
