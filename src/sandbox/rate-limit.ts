export interface RateLimit {
  limit: number
  windowMs: number
}

/** A sliding window per address: true while a request may come in. Requests that are turned away do not count. */
export function slidingWindow(rateLimit: RateLimit | 'off', now: () => Date): (address: string) => boolean {
  if (rateLimit === 'off') return () => true
  const { limit, windowMs } = rateLimit
  const arrivals = new Map<string, number[]>()
  return (address) => {
    const time = now().getTime()
    const recent = (arrivals.get(address) ?? []).filter((arrival) => arrival > time - windowMs)
    const isLetIn = recent.length < limit
    if (isLetIn) recent.push(time)
    arrivals.set(address, recent)
    return isLetIn
  }
}
