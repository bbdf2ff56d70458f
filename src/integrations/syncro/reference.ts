import type { Found } from '../../http/http.ts'

interface Written {
  id: string
  createdAt: Date
}

/**
 * The one of these that carries the reference of an earlier write. `since` is generous by a month, because two clocks that differ must not make
 * a write look absent, or it would be sent twice; references that are older another installation may have given out.
 */
export function findReference<T extends Written>(rows: readonly T[], reference: string, since: Date, textOf: (row: T) => string): Found {
  const earliest = since.getTime() - 30 * 86_400_000
  const [found, another] = rows.filter((row) => row.createdAt.getTime() >= earliest && carries(textOf(row), reference))
  if (found === undefined) return 'absent'
  return another === undefined ? { vendorId: found.id } : 'unclear'
}

/** `msp 7F3K` is not in `msp 7F3K2`. */
function carries(text: string, reference: string): boolean {
  return text
    .split(reference)
    .slice(1)
    .some((rest) => !/^[A-Za-z0-9]/.test(rest))
}
