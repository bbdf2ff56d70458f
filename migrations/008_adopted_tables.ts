import type { Kysely } from 'kysely'
import { adopt } from './adoption/index.ts'

export const what = 'tables that were there before msp: columns added, constraints widened, no row or column dropped'

export async function up(db: Kysely<any>): Promise<void> {
  await adopt(db)
}
