import { readFileSync } from 'node:fs'
import { codeOf } from './errors.ts'

/** Who holds a claim: machine, its boot, the process and its start, so that on the same machine a dead holder is known at once. */
export interface ClaimOwner {
  machine: string
  boot: string
  pid: number
  started: string
}

export const thisOwner = (machine: string): ClaimOwner => ({
  machine,
  boot: bootId(),
  pid: process.pid,
  started: startOf(process.pid) ?? '',
})

export const toOwnerText = ({ machine, boot, pid, started }: ClaimOwner): string => [machine, boot, pid, started].join('|')

/** True when the holder was a process of this machine that is gone. Of other machines nothing is known. */
export function isDead(holder: string, me: ClaimOwner): boolean {
  const [machine, boot, pid, started] = holder.split('|')
  if (machine !== me.machine) return false
  if (boot !== me.boot) return true
  return startOf(Number(pid)) !== started
}

/** True of a process of this machine that has not ended; of another one that has its number since, too. */
export const isRunning = (pid: number): boolean => startOf(pid) !== undefined

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

/** A text that another process of the same number would not have; undefined when there is no such process. */
function startOf(pid: number): string | undefined {
  try {
    // the 20th field after the name, which stands in brackets and may hold anything
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return process.platform === 'linux' ? undefined : aliveElsewhere(pid)
  }
}

function aliveElsewhere(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
    return ''
  } catch (error) {
    return codeOf(error) === 'EPERM' ? '' : undefined
  }
}
