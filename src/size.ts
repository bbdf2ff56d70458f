import { MspError } from './errors.ts'

const units = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB']

/** Bytes in units of 1024, as the vendor's console shows them: `245 GB`, `4.5 GB`. */
export function toSizeWords(bytes: number): string {
  let [size, unit] = [bytes, 0]
  while (unit < units.length - 1 && rounded(size) >= 1024) {
    size /= 1024
    unit++
  }
  return bytes === 1 ? '1 byte' : `${rounded(size)} ${units[unit]}`
}

const rounded = (size: number): number => (size < 99.95 ? Math.round(size * 10) / 10 : Math.round(size))

/** Bytes of `10485760`, `45GB`, `1.5 TB`: units of 1024, as sizes are shown. */
export function parseSize(typed: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(?:(?:([kmgtp]?)i?b)|bytes?)?$/i.exec(typed.trim()) ?? []
  const bytes = Math.round(Number(number) * 1024 ** Math.max(0, units.indexOf(`${unit.toUpperCase()}B`)))
  if (number !== undefined && Number.isSafeInteger(bytes)) return bytes
  throw new MspError('usage', `"${typed}" is not a size.`, { hint: 'Write it in bytes, or as 45GB.' })
}
