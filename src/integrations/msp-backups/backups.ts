import type { BackupSource } from '../../backups/backup.ts'
import type { VendorHttp } from '../../http/http.ts'
import { toPlans } from './map.ts'

/** `zone`: of the vendor's times, which come without one. */
export const backupSource = (http: VendorHttp, zone: string): BackupSource => ({
  plans: async () => {
    const { toInstant } = await import('../../zone.ts')
    return toPlans(await readPlans(http), (local) => toInstant(local, zone))
  },
})

/** The whole list comes in one answer. There is one of each client too, but it may leave out computers that are offline. */
export const readPlans = (http: VendorHttp): Promise<unknown> =>
  http.send({ method: 'GET', path: 'api/Monitoring', record: { type: 'msp_backups_report', action: 'retrieved' } })
