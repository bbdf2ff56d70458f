import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { SandboxPlan } from '../../src/sandbox/msp-backups/state.ts'
import { now, startWorking } from '../clients/working.ts'
import type { StartOptions } from '../support/msp.ts'

const hour = 3_600_000

/** msp connected to an MSP Backups that has no plans yet, and a clock that stands still until it is moved. */
export async function startBackups(t: TestContext, options: Omit<StartOptions, 'engine' | 'sandbox' | 'now'> = {}) {
  let time = now.getTime()
  const started = await startWorking(t, { sleep: async () => {}, ...options, now: () => new Date(time) })
  const { mspBackups } = started.sandbox
  mspBackups.plans.length = 0
  mspBackups.runs.length = 0
  const vendorTime = (hours: number) => new Date(time + hours * hour).toISOString().replace('Z', '')
  /** A run of a plan that began an hour ago, and the next one a day after it. */
  const run = (plan: SandboxPlan, change: Partial<SandboxPlan> = {}) =>
    Object.assign(plan, { LastStart: vendorTime(-1), NextStart: vendorTime(23), Status: 0, ...change })
  return {
    ...started,
    run,
    /** Plans that ran well an hour ago. */
    addPlans: (company: string | null, ...computers: string[]) =>
      mspBackups.addPlans(company, ...computers.map((ComputerName) => ({ ComputerName }))).map((plan) => run(plan)),
    remove: (plan: SandboxPlan | undefined) => {
      assert.ok(plan)
      mspBackups.plans.splice(mspBackups.plans.indexOf(plan), 1)
    },
    /** The instant that the plans mean by a time. */
    instant: (hours: number) => new Date(time + hours * hour).toISOString(),
    pass: (hours: number) => {
      time += hours * hour
    },
    /** The next requests for the list of plans fail, as often as one command repeats them. */
    breakVendor: () => started.sandbox.arm({ vendor: 'msp-backups', on: 'GET Monitoring', kind: 'status', times: 3 }),
  }
}
