import { MspError } from './errors.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Does work that Ctrl-C, or the end of the terminal, ends in order: it hears of it through `signal` and puts back what it must. What it throws then is `cancelled`. A second signal ends the process at once: the work may hang in a call that nothing ends. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const forget = () => {
    for (const signal of signals) process.off(signal, abort)
  }
  const abort = (name: NodeJS.Signals) => {
    if (!controller.signal.aborted) return controller.abort(new MspError('cancelled', 'Cancelled.'))
    forget()
    // not process.exit, which waits for a call that hangs
    process.kill(process.pid, name)
  }
  for (const signal of signals) process.on(signal, abort)
  try {
    return await work(controller.signal)
  } catch (error) {
    // what a stream or a program says that was cut off is of no interest
    if (controller.signal.aborted && !(error instanceof MspError && error.code === 'cancelled')) throw controller.signal.reason
    throw error
  } finally {
    forget()
  }
}
