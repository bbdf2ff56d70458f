import { MspError } from '../errors.ts'
import { toDurationWords } from './duration.ts'

const minute = 60_000
const most = 15 // minutes

/** Refuses to log time by a clock that is far from the vendor's: it would be, and be billed, on another day. */
export function requireClock(label: string, aheadMs: number | undefined): void {
  const minutes = Math.round(Math.abs(aheadMs ?? 0) / minute)
  if (aheadMs === undefined || minutes <= most) return
  const side = aheadMs > 0 ? 'ahead of' : 'behind'
  throw new MspError('config', `This machine's clock is ${toDurationWords(minutes)} ${side} that of ${label}, so no time was logged.`, {
    hint: "Set this machine's clock, then log it again.",
  })
}
