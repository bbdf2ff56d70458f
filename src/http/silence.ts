/** For how long a vendor has left this command without any answer, in milliseconds, over all calls to it. */
export interface Silence {
  ms(): number
  add(milliseconds: number): void
  end(): void
}

const forgottenMs = 10_000 // who asks again so much later may find that it answers

/** A silence for each vendor and host. */
export function createSilences(): (scope: string) => Silence {
  const known = new Map<string, Silence>()
  return (scope) => {
    const silence = known.get(scope) ?? createSilence()
    known.set(scope, silence)
    return silence
  }
}

export function createSilence(): Silence {
  let total = 0
  let endedAt = 0
  const msAt = (time: number) => (time - endedAt > forgottenMs ? 0 : total)
  return {
    ms: () => msAt(performance.now()),
    add: (milliseconds) => {
      const now = performance.now()
      total = msAt(now - milliseconds) + milliseconds
      endedAt = now
    },
    end: () => {
      total = 0
    },
  }
}
