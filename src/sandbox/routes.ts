import type { IncomingHttpHeaders } from 'node:http'
import { isObject } from '../object.ts'
import type { Answer } from './answers.ts'

export type VendorName = 'syncro' | 'msp-backups'

/** One request, taken apart. */
export interface Call {
  readonly method: string
  /** Without the base of the API and without a leading slash: `tickets/12/comment`. */
  readonly path: string
  readonly params: Record<string, string>
  readonly query: URLSearchParams
  readonly contentType: string
  /** Parsed JSON or form; text when it is neither or cannot be parsed; undefined when there is none. */
  readonly body: unknown
  readonly headers: IncomingHttpHeaders
  readonly address: string
  /** Remembers something that the vendor would let pass and that we never mean to send. */
  complain(what: string): void
}

export type FieldType = 'string' | 'boolean' | 'integer' | 'number' | 'date-time' | 'array'

export interface Route {
  /** Method and path, as in `GET tickets/:id`. */
  readonly on: string
  /** The query parameters that the vendor's document names. */
  readonly query?: readonly string[]
  /** The body fields that the vendor's document names. Without it no body is expected. */
  readonly body?: Readonly<Record<string, FieldType>>
  handle(call: Call): Answer
}

/** `tickets/:id/comment` and `tickets/:ticket/comment` have the same shape. */
export const shapeOf = (on: string): string => on.replace(/:[^/]+/g, ':')

/** The parameters in a path, or undefined when the route is another one. */
export function matchRoute(on: string, method: string, path: string): Record<string, string> | undefined {
  const [routeMethod = '', routePath = ''] = on.split(' ')
  const wanted = routePath.split('/')
  const given = path.split('/')
  if (routeMethod !== method || wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const segment = given[index] ?? ''
    if (part.startsWith(':') && segment !== '') params[part.slice(1)] = segment
    else if (part !== segment) return undefined
  }
  return params
}

/** Vendors ignore what they do not know; a client of ours that sends it has a mistake in it. */
export function checkNames(route: Route, call: Call): void {
  for (const name of new Set(call.query.keys())) {
    if (!route.query?.includes(name)) call.complain(`?${name}`)
  }
  if (call.body === undefined) return
  if (route.body === undefined) call.complain(' {body}')
  else checkFields(route.body, call)
}

function checkFields(types: Readonly<Record<string, FieldType>>, call: Call): void {
  for (const [name, value] of Object.entries(fieldsOf(call))) {
    const type = types[name]
    if (type === undefined) call.complain(` {${name}}`)
    else if (value !== null && !isOfType[type](value)) call.complain(` {${name}: no ${type}}`)
  }
}

/** The fields of a JSON object or a form; none when the body is anything else. */
export function fieldsOf(call: Call): Record<string, unknown> {
  return isObject(call.body) ? call.body : {}
}

const isOfType: Record<FieldType, (value: unknown) => boolean> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number',
  array: (value) => Array.isArray(value),
  'date-time': (value) => typeof value === 'string' && isDateTime(value),
}

const isDateTime = (text: string) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))
