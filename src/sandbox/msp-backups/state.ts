import { createHash } from 'node:crypto'

/** A row of GET /api/Monitoring. */
export interface SandboxPlan {
  PlanName: string
  CompanyName: string | null
  UserName: string
  UserID: string
  ComputerName: string
  ComputerHid: string
  BuildVersion: string
  StorageType: string
  LastStart: string | null
  NextStart: string | null
  Status: number
  ErrorMessage: string | null
  FilesCopied: number
  FilesFailed: number
  DataCopied: number
  Duration: string
  DataToBackup: number
  TotalData: number
  FilesScanned: number
  FilesToBackup: number
  PlanId: string
  PlanType: number
  DetailedReportLink: string | null
}

/** A past run, in the history. */
export interface SandboxRun
  extends Pick<
    SandboxPlan,
    | 'PlanName'
    | 'CompanyName'
    | 'ComputerName'
    | 'ComputerHid'
    | 'Status'
    | 'ErrorMessage'
    | 'DataCopied'
    | 'TotalData'
    | 'PlanId'
    | 'PlanType'
  > {
  StartTime: string
}

export interface SandboxCompany {
  Id: string
  Name: string
}

export interface MspBackupsState {
  readonly now: () => Date
  readonly plans: SandboxPlan[]
  readonly runs: SandboxRun[]
  readonly companies: SandboxCompany[]
  /** When each token stops working. */
  readonly tokens: Map<string, number>
  readonly levers: Levers
}

/** What a test may read and set while the sandbox runs. */
export interface Levers {
  /** `expires_in` of new tokens. */
  tokenSeconds: number
  /** How many logins succeeded. */
  logins: number
}

export const username = 'sandbox-api-user'
export const password = 'sandbox-api-password'

export function createState(now: () => Date): MspBackupsState {
  return { now, plans: [], runs: [], companies: [], tokens: new Map(), levers: { tokenSeconds: 1209599, logins: 0 } }
}

/** The same name gets the same id. */
export function guid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')
}

/** The vendor writes times without an offset; the sandbox means UTC. */
export const vendorTime = (time: Date): string => time.toISOString().replace('Z', '')

export function addCompany(state: MspBackupsState, name: string): SandboxCompany {
  const company = { Id: guid(`company ${name}`), Name: name }
  state.companies.push(company)
  return company
}

export function addPlan(state: MspBackupsState, url: string, company: string | null, plan: Partial<SandboxPlan>): SandboxPlan {
  if (company !== null && !state.companies.some(({ Name }) => Name === company)) addCompany(state, company)
  const owner = company?.toLowerCase().replace(/[^a-z0-9]+/g, '-') ?? 'nobody'
  const count = state.plans.length + 1
  const computer = plan.ComputerName ?? `PC${count}`
  const PlanId = plan.PlanId ?? guid(`plan ${count}`)
  const hoursFromNow = (hours: number) => vendorTime(new Date(state.now().getTime() + hours * 3_600_000))
  const gigabyte = 1024 ** 3
  const added: SandboxPlan = {
    PlanName: 'Nightly files',
    CompanyName: company,
    UserName: `${owner}-backup`,
    UserID: guid(`user ${owner}`),
    ComputerName: computer,
    ComputerHid: guid(`computer ${owner} ${computer}`),
    BuildVersion: '8.0.3.36',
    StorageType: 'Cloud',
    LastStart: hoursFromNow(-10),
    NextStart: hoursFromNow(14),
    Status: 0,
    ErrorMessage: null,
    FilesCopied: 120,
    FilesFailed: 0,
    DataCopied: gigabyte,
    Duration: '42 min.',
    DataToBackup: gigabyte,
    TotalData: 10 * gigabyte,
    FilesScanned: 4200,
    FilesToBackup: 120,
    PlanId,
    PlanType: 3,
    // Points back here, so that a client that follows it shows up as an unknown request.
    DetailedReportLink: `${url}/report/${PlanId}`,
    ...plan,
  }
  state.plans.push(added)
  return added
}
