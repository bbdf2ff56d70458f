import { addCompany, addPlan, type MspBackupsState, type SandboxPlan, vendorTime } from './state.ts'

const gigabyte = 1024 ** 3
const dataforth = 'Dataforth'
const grabb = 'Grabb & Durando'
const bell = 'Bell & Sons'

/** Last night at three clients: all well, all kinds of trouble, and a success that saved nothing; and the quiet nights before. */
export function seedMspBackups(state: MspBackupsState, url: string): void {
  for (const name of [dataforth, grabb, bell]) addCompany(state, name)
  for (const { company, startedHoursAgo, ...plan } of [...dataforthPlans, ...grabbPlans, ...otherPlans]) {
    const LastStart = startedHoursAgo === null ? null : vendorTime(new Date(state.now().getTime() - startedHoursAgo * 3_600_000))
    const added = addPlan(state, url, company, { LastStart, ...plan })
    if (added.NextStart !== null) addNights(state, added)
  }
}

const nights = 14

/** What the history knows of a plan: every night went well, the last one too if nothing else is said of it. */
function addNights({ runs }: MspBackupsState, plan: SandboxPlan): void {
  if (plan.LastStart === null) return
  for (let night = plan.Status === 0 ? 0 : 1; night <= nights; night++) {
    const start = new Date(`${plan.LastStart}Z`)
    start.setUTCDate(start.getUTCDate() - night)
    const { PlanName, CompanyName, ComputerName, ComputerHid, DataCopied, TotalData, PlanId, PlanType } = plan
    const StartTime = vendorTime(start)
    runs.push({
      PlanName,
      CompanyName,
      ComputerName,
      ComputerHid,
      Status: 0,
      ErrorMessage: null,
      DataCopied,
      TotalData,
      PlanId,
      PlanType,
      StartTime,
    })
  }
}

type DemoPlan = Partial<SandboxPlan> & { company: string | null; startedHoursAgo: number | null }

const size = (total: number, copied: number) => ({
  TotalData: total * gigabyte,
  DataToBackup: copied * gigabyte,
  DataCopied: copied * gigabyte,
})

const files = (count: number) => ({ FilesScanned: count, FilesToBackup: count, FilesCopied: count })

/** Newer agents put a JSON array into the text. */
const reason = (code: string, title: string, detail: string) => JSON.stringify([{ code, title, detail, priority: 1, kbid: null }])

const nothingDone = {
  FilesScanned: 0,
  FilesToBackup: 0,
  FilesCopied: 0,
  DataToBackup: 0,
  DataCopied: 0,
  TotalData: 0,
  Duration: '15 second(s)',
}

/** Five backups of 245 GB together, and two rows that are evidence and no backups. */
const dataforthPlans: DemoPlan[] = [
  { ComputerName: 'AD1', PlanName: 'Nightly image', PlanType: 11, startedHoursAgo: 11, ...files(3), ...size(60, 4.5) },
  { ComputerName: 'AD2', PlanName: 'Virtual machines', PlanType: 5, startedHoursAgo: 10.5, ...files(4), ...size(45, 3) },
  { ComputerName: 'D2TESTNAS', PlanName: 'NAS to cloud', PlanType: 3, startedHoursAgo: 10, ...size(80, 6.25) },
  { ComputerName: 'DF-SQL01', PlanName: 'SQL databases', PlanType: 7, startedHoursAgo: 9.5, ...files(12), ...size(25, 2) },
  { ComputerName: 'DF-HV01', PlanName: 'Hyper-V guests', PlanType: 16, startedHoursAgo: 9, ...files(6), ...size(35, 2.75) },
  { ComputerName: 'AD1', PlanName: 'Consistency check', PlanType: 13, startedHoursAgo: 60, DetailedReportLink: null, ...nothingDone },
  { ComputerName: 'D2TESTNAS', PlanName: 'Test restore', PlanType: 4, startedHoursAgo: 200, NextStart: null, ...files(25), ...size(0, 0) },
].map((plan) => ({ company: dataforth, ...plan }))

/** One plan for every status that needs an eye. */
const grabbPlans: DemoPlan[] = [
  { ComputerName: 'GD-DC01', PlanName: 'Nightly image', PlanType: 11, Status: 0, startedHoursAgo: 10, ...size(48, 3.5) },
  {
    ComputerName: 'GD-WS02',
    Status: 7,
    startedHoursAgo: 9,
    FilesFailed: 2,
    ErrorMessage: reason('2101', 'Some files were skipped', 'Two files were in use.'),
  },
  {
    ComputerName: 'GD-FS01',
    Status: 2,
    startedHoursAgo: 9.5,
    FilesFailed: 118,
    ErrorMessage: reason('1531', 'The storage is full', 'The storage limit of the user is reached.'),
    ...size(130, 0.5),
  },
  { ComputerName: 'GD-WS07', Status: 1, startedHoursAgo: 130 },
  { ComputerName: 'GD-WS09', Status: 1, startedHoursAgo: null, ...nothingDone, Duration: '' },
  { ComputerName: 'GD-SQL01', PlanName: 'SQL databases', PlanType: 7, Status: 3, startedHoursAgo: 0.5, ...size(22, 0.75) },
  { ComputerName: 'GD-WS11', Status: 4, startedHoursAgo: 34 },
].map((plan) => ({ company: grabb, ...plan }))

const otherPlans: DemoPlan[] = [
  { company: bell, ComputerName: 'BELL-PC01', startedHoursAgo: 11, ...nothingDone },
  { company: null, ComputerName: 'UNASSIGNED-01', startedHoursAgo: 12 },
]
