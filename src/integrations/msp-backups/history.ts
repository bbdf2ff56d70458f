import type { BackupPlan } from '../../backups/backup.ts'
import { isObject } from '../../object.ts'
import { inLowerCase, isSameName, unreadable } from './fields.ts'
import { refuseRefusal } from './map.ts'
import { planReader } from './plan.ts'

// The vendor documents the paths of its history and not what they answer. Names like Monitoring's are expected, and some others that the same
// fact has elsewhere at this vendor.
const names: Record<string, readonly string[]> = {
  companyname: ['companyname', 'company', 'companydisplayname'],
  planname: ['planname', 'plan', 'name'],
  planid: ['planid', 'planguid'],
  computername: ['computername', 'computerdisplayname', 'computer', 'machinename'],
  computerhid: ['computerhid', 'hid', 'computerid'],
  userid: ['userid'],
  laststart: ['laststart', 'starttime', 'startedat', 'datestart', 'startdate', 'start', 'started', 'date'],
  status: ['status', 'result', 'planstatus', 'laststatus'],
  duration: ['duration'],
  errormessage: ['errormessage', 'error', 'message'],
  filesfailed: ['filesfailed', 'failedfiles', 'failedcount'],
  filesscanned: ['filesscanned', 'scannedfiles', 'scannedcount'],
  datacopied: ['datacopied', 'uploadedsize', 'datauploaded'],
  totaldata: ['totaldata', 'scannedsize', 'totalsize'],
  plantype: ['plantype', 'type'],
}
const needed = ['planname', 'laststart', 'status']

/** The rows of an answer: a list, or the one list in an object. */
export function toHistoryRows(answer: unknown): unknown[] {
  if (Array.isArray(answer)) return answer
  refuseRefusal(inLowerCase(answer))
  const lists = isObject(answer) ? Object.values(answer).filter(Array.isArray) : []
  if (lists[0] && lists.length === 1) return lists[0]
  throw unreadable('a history', ['the whole answer'])
}

/** Past runs of a company, in the shape of plans whose last run it was. A run that cannot be read is refused by the names of its fields. */
export function toRuns(rows: readonly unknown[], company: string, toInstant: (local: string) => Date): BackupPlan[] {
  // a history that says nothing of files or sizes does not say that there were none
  const runs = planReader(toInstant, 1)(ofCompany(rows.map(toRow), company))
  // without its time it would be of no day, and the day would look as if there had been none
  if (runs.some(({ lastStart, status }) => lastStart === null && status !== 'neverRan')) throw unreadable('a history', ['laststart'])
  return runs
}

/** One company was asked for. Where others come too, a run that names none may be anybody's: no client may see another's. */
function ofCompany(rows: ReadonlyArray<Record<string, unknown>>, company: string): object[] {
  const isNamed = ({ companyname }: Record<string, unknown>) => typeof companyname === 'string' && companyname.trim() !== ''
  const isOwn = (row: Record<string, unknown>) => !isNamed(row) || isSameName(String(row.companyname), company)
  if (!rows.every(isOwn) && !rows.every(isNamed)) throw unreadable('a history', ['companyname'])
  return rows.filter(isOwn).map((row) => ({ ...row, companyname: company }))
}

function toRow(row: unknown): Record<string, unknown> {
  const given = inLowerCase(row)
  if (!isObject(given)) throw unreadable('a history', ['a row'])
  const isGiven = (name: string) => given[name] !== undefined && given[name] !== null
  const found = Object.fromEntries(Object.entries(names).map(([name, spellings]) => [name, given[spellings.find(isGiven) ?? name]]))
  const missing = needed.filter((name) => found[name] === undefined || found[name] === null)
  if (missing.length > 0) throw unreadable('a history', missing)
  return { ...found, computername: found.computername ?? '', nextstart: null }
}
