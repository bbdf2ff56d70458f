import { newId } from '../db/id.ts'
import type { Db } from '../db/tables.ts'
import { addRecord } from '../records/store.ts'
import type { BackupReport } from './report.ts'

/** How a report was made. */
interface Made {
  clientId: string
  sessionId: string | null
  createdBy: string
  /** text, json, html, pdf, csv, log. */
  format: string
  durationMs: number
  /** Where it lies, when it was written to a file. */
  file?: { url: string; sizeBytes: number } | undefined
}

const gigabyte = 1024 ** 3

/** Records that a report was made, with its figures, and gives the id of the record. The calls behind it have records of their own. */
export async function recordReport(db: Db, { client, date, totals }: BackupReport, made: Made): Promise<string> {
  const { clientId, sessionId, createdBy, format, durationMs, file } = made
  const { totalJobs, successful, failed, protectedBytes } = totals
  const id = newId()
  const summary = {
    total_jobs: totalJobs,
    successful,
    failed,
    total_size_gb: Math.round((protectedBytes / gigabyte) * 100) / 100,
  }
  await addRecord(db, {
    ...{ id, sessionId, clientId, createdBy },
    workItemId: null,
    integrationType: 'msp_backups_report',
    integrationName: 'MSP Backups',
    externalId: null,
    externalUrl: null,
    externalReference: null,
    action: 'retrieved',
    direction: 'outbound',
    requestData: JSON.stringify({ customer: client, date, format }),
    responseData: JSON.stringify({ ...(file && { report_url: file.url, file_size_bytes: file.sizeBytes }), summary }),
    responseStatus: 'success',
    errorMessage: null,
    requestDurationMs: durationMs,
    retryCount: 0,
  })
  return id
}
