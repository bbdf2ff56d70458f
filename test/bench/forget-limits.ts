import { join } from 'node:path'
import { openDatabase } from '../../src/db/open.ts'

/** As if nothing of the vendors' limits was used up: waiting for them is not what is measured. */
export async function forgetLimits(home: string): Promise<void> {
  const db = await openDatabase({ engine: 'sqlite', path: join(home, 'data', 'msp.sqlite') })
  await db.deleteFrom('rateLimits').execute()
  await db.destroy()
}
