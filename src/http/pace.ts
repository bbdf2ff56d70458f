/** Waits until the next call may go: `burst` at once, then `perSecond` (GCRA). Within this process. */
export function createPace(
  { burst, perSecond }: { burst: number; perSecond: number },
  clock: { now: () => Date; sleep: (milliseconds: number) => Promise<void> },
): () => Promise<void> {
  const interval = 1000 / perSecond
  let next = 0
  return async () => {
    const now = clock.now().getTime()
    const base = Math.max(next, now)
    next = base + interval
    const wait = base - (burst - 1) * interval - now
    if (wait > 0) await clock.sleep(wait)
  }
}
