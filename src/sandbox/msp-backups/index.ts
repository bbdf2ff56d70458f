import { json } from '../answers.ts'
import type { PretendVendor } from '../server.ts'
import { accessRoutes, refuse, refused } from './access.ts'
import { reportRoutes } from './reports.ts'
import {
  addCompany,
  addPlan,
  type Levers,
  type MspBackupsState,
  password,
  type SandboxCompany,
  type SandboxPlan,
  type SandboxRun,
  username,
} from './state.ts'

/** The levers and the memory of the pretend MSP Backups. */
export interface MspBackupsSandbox extends Levers {
  /** The host's root; the API is under /api. */
  readonly apiUrl: string
  readonly username: string
  readonly password: string
  revokeTokens(): void
  addCompany(name: string): SandboxCompany
  /** The company is made when it is new; null: rows of a user without one. */
  addPlans(company: string | null, ...plans: Array<Partial<SandboxPlan>>): SandboxPlan[]
  /** The rows of Monitoring; a test may change them and take them out. */
  readonly plans: SandboxPlan[]
  /** The history, which the vendor keeps for itself. */
  readonly runs: SandboxRun[]
}

export function mspBackupsVendor(state: MspBackupsState): PretendVendor {
  return {
    name: 'msp-backups',
    base: '/api/',
    routes: [...accessRoutes(state), ...reportRoutes(state)],
    refuse: (call, route) => refuse(state, call, route),
    unknownRoute: ({ path }) => json(404, { Message: `No HTTP resource was found that matches the request URI '${path}'.` }),
    unauthorized: refused,
    tooManyRequests: () => json(429, { Message: 'Too many requests.' }),
    answerMs: () => 0,
  }
}

export function mspBackupsSandbox(state: MspBackupsState, url: string): MspBackupsSandbox {
  const rest: Omit<MspBackupsSandbox, keyof Levers> = {
    apiUrl: url,
    username,
    password,
    plans: state.plans,
    runs: state.runs,
    revokeTokens: () => state.tokens.clear(),
    addCompany: (name) => addCompany(state, name),
    addPlans: (company, ...plans) => plans.map((plan) => addPlan(state, url, company, plan)),
  }
  return Object.assign(state.levers, rest)
}
