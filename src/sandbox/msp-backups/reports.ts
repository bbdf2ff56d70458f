import { type Answer, json } from '../answers.ts'
import type { Call, Route } from '../routes.ts'
import { type MspBackupsState, type SandboxCompany, type SandboxPlan, vendorTime } from './state.ts'

export function reportRoutes(state: MspBackupsState): Route[] {
  return [
    { on: 'GET Monitoring', handle: () => json(200, state.plans) },
    { on: 'GET Companies', handle: () => json(200, state.companies.map(toCompany)) },
    { on: 'GET Computers/:offset/:count', query: ['companyId'], handle: (call) => listComputers(state, call) },
    { on: 'GET Computers/Plans/history/:offset/:count', query: ['companyId', 'year', 'month'], handle: (call) => listHistory(state, call) },
  ]
}

const toCompany = ({ Id, Name }: SandboxCompany) => ({
  Id,
  Name,
  StorageLimit: -1,
  LicenseSettings: 0,
  Destinations: [],
  DefaultLicense: null,
  AllowedLicenses: [],
})

function listComputers(state: MspBackupsState, call: Call): Answer {
  const offset = Number(call.params.offset)
  const count = Number(call.params.count)
  if (!Number.isInteger(offset) || !Number.isInteger(count)) return json(400, { Message: 'The request is invalid.' })
  const company = companyOf(state, call)
  const plans = state.plans.filter(({ CompanyName }) => company === undefined || CompanyName === company.Name)
  const computers = [...Map.groupBy(plans, ({ ComputerHid }) => ComputerHid).values()]
  const rows = computers.slice(offset, offset + count).map((plans) => toComputer(state, plans))
  return json(200, { Count: computers.length, Message: null, StatusCode: 200, Computers: rows })
}

const companyOf = (state: MspBackupsState, call: Call): SandboxCompany | undefined =>
  state.companies.find(({ Id }) => Id === call.query.get('companyId'))

/** What the real one answers here is not documented; the sandbox means the names of Monitoring, and the start under another one. */
function listHistory(state: MspBackupsState, call: Call): Answer {
  const company = companyOf(state, call)
  if (company === undefined) return json(400, { Message: 'The request is invalid.' })
  const month = [call.query.get('year'), call.query.get('month')?.padStart(2, '0')].join('-')
  const runs = state.runs.filter(({ CompanyName, StartTime }) => CompanyName === company.Name && StartTime.startsWith(month))
  const offset = Number(call.params.offset)
  const rows = runs.slice(offset, offset + Number(call.params.count)).map(({ CompanyName: _, ...run }) => run)
  return json(200, { Count: runs.length, Message: null, StatusCode: 200, History: rows })
}

function toComputer(state: MspBackupsState, plans: SandboxPlan[]): Record<string, unknown> {
  const plan = plans[0]
  return {
    ComputerHID: `{${plan?.ComputerHid}}`, // here with braces, in Monitoring without
    OSTypeString: 'Windows',
    BuildTypeString: 1,
    RemoteManagementAvailable: true,
    ComputerName: plan?.ComputerName,
    ComputerDisplayName: plan?.ComputerName,
    CompanyName: plan?.CompanyName,
    UserEmail: plan?.UserName,
    ProfileName: plan?.UserName,
    UserID: plan?.UserID,
    BackupBuildVersion: toVersion(plan?.BuildVersion ?? ''),
    License: { Granted: true, IsTrial: false, DisplayExpiresDate: null },
    BackupStats: toStats(plans.filter(({ PlanType }) => backupTypes.includes(PlanType))),
    LastActivity: vendorTime(state.now()),
    InstanceType: 0,
    HasBackupApp: true,
    LostAuth: false,
    LostAuthChangeDate: null,
    Apps: [
      {
        ApplicationId: 'backup',
        Version: plan?.BuildVersion,
        VersionStatus: 'Latest',
        ApplicationState: 0,
        Online: true,
        ErrorCode: 0,
        ErrorMessage: null,
      },
    ],
  }
}

const backupTypes = [1, 3, 5, 7, 9, 11, 14, 16]

function toStats(plans: SandboxPlan[]): Record<string, number> {
  const ran = plans.filter(({ LastStart }) => LastStart !== null)
  const count = (...statuses: number[]) => ran.filter(({ Status }) => statuses.includes(Status)).length
  return {
    PlansCount: plans.length,
    TotalOverdueCount: count(1),
    TotalFailedCount: count(2, 6),
    TotalSuccessCount: count(0),
    TotalWarningCount: count(7),
    TotalNotRunCount: plans.length - ran.length,
    TotalRunningCount: count(3),
    TotalInterruptedCount: count(5),
  }
}

function toVersion(text: string): Record<string, number> {
  const [_Major = 0, _Minor = 0, _Build = 0, _Revision = 0] = text.split('.').map(Number)
  return { _Major, _Minor, _Build, _Revision }
}
