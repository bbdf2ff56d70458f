import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { isRunning } from '../owner.ts'

/** In the name of what a process makes for itself alone. Machines and containers may share the place, and not their processes. */
export const toProcessMark = (pid = process.pid): string => `${machineMark()}-${pid}`

/** True of the mark of a process of this machine that has ended: what has it in its name is nobody's. */
export function isAbandoned(mark: string): boolean {
  const [machine, pid = '', ...rest] = mark.split('-')
  return machine === machineMark() && /^\d+$/.test(pid) && rest.length === 0 && !isRunning(Number(pid))
}

const machineMark = (): string => createHash('sha256').update(hostname()).digest('hex').slice(0, 6)
