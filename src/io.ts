import { MspError } from './errors.ts'
import { toInert, toInertJson, toInertLine } from './inert.ts'
import { hideSecrets, withoutSecrets } from './live-secrets.ts'
import { markUntrusted } from './untrusted.ts'

/** What io needs of a stream; a test hands in one that records. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

export type Tone = 'good' | 'warn' | 'bad' | 'dim' | 'bold'
type Paint = (text: string, tone: Tone) => string

/** The two streams: stdout is the answer, stderr the talk. All text loses live secrets and passes `toInert` on its way to a terminal or a pipe. */
export interface Io {
  /** stdout is a terminal. */
  readonly isTerminal: boolean
  /** A line of the answer. */
  out(text: string, tone?: Tone): void
  /** A line of talk. */
  err(text: string, tone?: Tone): void
  /** One item: with `fields` as JSON of those fields, else its columns. */
  show<T extends object>(item: T, columns: readonly (keyof T & string)[], fields?: readonly string[]): void
  /** Items, one a line: with `fields` as a JSON list, else its columns. On a terminal with a heading, in a pipe with tabs. */
  list<T extends object>(
    items: readonly T[],
    columns: readonly (keyof T & string)[],
    fields?: readonly string[],
    /** On a terminal the colour of an item's first column. */
    toneOf?: (item: T) => Tone | undefined,
  ): void
  /** A document of its own shape. */
  json(document: unknown): void
  /** Shows on a terminal that something takes its time; a function says what it is doing now. */
  progress<T>(text: string | (() => string), work: Promise<T>): Promise<T>
}

export type Colour = 'never' | 'terminal' | 'always'

export interface IoOptions {
  stdout: Output
  stderr: Output
  /** `terminal`: on a stream that is one. */
  colour: Colour
  /** In this zone a terminal shows times. */
  zone: () => string
  /** Objects say which of their fields hold other people's text. */
  marksUntrusted?: boolean
}

export async function openIo(options: IoOptions): Promise<Io> {
  const { stdout, stderr, colour } = options
  const isPainted = colour === 'always' || (colour === 'terminal' && (stdout.isTTY || stderr.isTTY))
  return createIo(options, isPainted ? await openPaint() : undefined)
}

/** Without colour when there is no `paint`. */
export function createIo(options: Omit<IoOptions, 'colour'> & Partial<IoOptions>, paint?: Paint): Io {
  const { stdout, stderr, zone, colour = 'terminal', marksUntrusted = false } = options
  const isTerminal = stdout.isTTY === true
  // a terminal that nobody has given a size has 0 columns
  const width = stdout.columns || 80
  const tinted = (stream: Output, text: string, tone?: Tone) =>
    tone && paint && (stream.isTTY || colour === 'always') ? paint(text, tone) : text
  const out = (text: string, tone?: Tone) => void stdout.write(`${tinted(stdout, toInert(hideSecrets(text)), tone)}\n`)
  const err = (text: string, tone?: Tone) => void stderr.write(`${tinted(stderr, toInert(hideSecrets(text)), tone)}\n`)
  const json = (document: unknown) =>
    void stdout.write(`${toInertJson(withoutSecrets(marksUntrusted ? markUntrusted(document) : document))}\n`)
  const cell = (value: unknown) => toInertLine(hideSecrets(toText(value, isTerminal ? zone : undefined)))
  const list: Io['list'] = (items, columns, fields, toneOf) => {
    if (fields) return json(items.map((item) => pick(item, fields)))
    const rows = items.map((item) => columns.map((column) => cell(item[column])))
    if (!isTerminal) for (const row of rows) stdout.write(`${row.join('\t')}\n`)
    else if (rows.length > 0) {
      const [heading = '', ...lines] = toTable(columns.map(toHeading), rows, width)
      stdout.write(`${heading}\n`)
      for (const [index, line] of lines.entries()) {
        const item = items[index]
        const length = rows[index]?.[0]?.length ?? 0
        stdout.write(`${tinted(stdout, line.slice(0, length), item && toneOf?.(item))}${line.slice(length)}\n`)
      }
    }
  }
  return {
    isTerminal,
    out,
    err,
    json,
    list,
    show: (item, columns, fields) => {
      if (fields) return json(pick(item, fields))
      if (!isTerminal) return void stdout.write(`${columns.map((column) => cell(item[column])).join('\t')}\n`)
      const longest = Math.max(...columns.map((column) => toHeading(column).length))
      for (const column of columns) stdout.write(`${tinted(stdout, toHeading(column).padEnd(longest), 'dim')}  ${cell(item[column])}\n`)
    },
    progress: async (text, work) => {
      // and there ora would clear lines without end
      if (!stderr.isTTY || !stderr.columns || stderr !== process.stderr) return work
      const { default: ora } = await import('ora')
      const now = () => toInertLine(hideSecrets(typeof text === 'string' ? text : text()))
      const spinner = ora({ text: now(), stream: process.stderr, discardStdin: false, color: paint ? 'cyan' : false }).start()
      const timer = setInterval(() => Object.assign(spinner, { text: now() }), 250)
      return work.finally(() => {
        clearInterval(timer)
        spinner.stop()
      })
    },
  }
}

async function openPaint(): Promise<Paint> {
  const { Chalk } = await import('chalk')
  // whether there is colour was decided here; chalk would look at the process's own streams and variables again
  const chalk = new Chalk({ level: 1 })
  const tones: Record<Tone, (text: string) => string> = {
    good: chalk.green,
    warn: chalk.yellow,
    bad: chalk.red,
    dim: chalk.dim,
    bold: chalk.bold,
  }
  return (text, tone) => tones[tone](text)
}

/** The named fields in the order in which they were asked for. */
function pick(item: object, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field, (item as Record<string, unknown>)[field] ?? null]))
}

function toText(value: unknown, zone: (() => string) | undefined): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return zone ? toLocalTime(value, zone()) : isTime(value) ? value.toISOString() : noTime
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.map((entry) => toText(entry, zone)).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** `2026-01-15 14:32` in the zone. */
export const toLocalTime = (time: Date, zone: string): string => (isTime(time) ? formatterOf(zone).format(time) : noTime)

const noTime = '?' // of a row that was damaged: the others must be seen all the same
const isTime = (time: Date): boolean => !Number.isNaN(time.getTime())

/** `14:32` in the zone. */
export const toClock = (time: Date, zone: string): string => toLocalTime(time, zone).slice(-5)

const formatters = new Map<string, Intl.DateTimeFormat>()

/** To make one takes a hundred times as long as to use it. */
function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const formatter = formatters.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  formatters.set(timeZone, formatter)
  return formatter
}

/** `vendorClientId` → `VENDOR CLIENT ID`. */
const toHeading = (column: string): string => column.replace(/([A-Z])/g, ' $1').toUpperCase()

function toTable(headings: string[], rows: string[][], width: number): string[] {
  const widths = headings.map((heading, index) =>
    rows.reduce((most, row) => Math.max(most, displayWidth(row[index] ?? '')), heading.length),
  )
  const fixed = widths.slice(0, -1).reduce((sum, each) => sum + each + 2, 0)
  const lastWidth = Math.max(10, headings.at(-1)?.length ?? 0, width - fixed)
  return [headings, ...rows].map((row) =>
    row
      .map((text, index) =>
        index === row.length - 1 ? shorten(text, lastWidth) : text + ' '.repeat((widths[index] ?? 0) - displayWidth(text) + 2),
      )
      .join('')
      .trimEnd(),
  )
}

function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let kept = ''
  for (const character of text) {
    if (displayWidth(kept + character) >= width) break
    kept += character
  }
  return `${kept}…`
}

// East Asian wide characters and emoji take two columns of a terminal, marks on another character none
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/gu
const narrow = /\p{Mn}|\p{Me}/gu
const displayWidth = (text: string): number => [...text].length + (text.match(wide)?.length ?? 0) - (text.match(narrow)?.length ?? 0)

/** The fields that `--json=a,b` asks for, out of those that there are. */
export function toFields(typed: string | true, fields: readonly string[]): readonly string[] {
  if (typed === true || typed === '') return fields
  const chosen = typed.split(',').map((field) => field.trim())
  const unknown = chosen.filter((field) => !fields.includes(field))
  if (unknown.length === 0) return chosen
  throw new MspError('usage', `There is no field ${unknown.map((field) => `"${field}"`).join(', ')}.`, {
    hint: `The fields are: ${fields.join(', ')}`,
  })
}
