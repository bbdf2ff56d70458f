import { transact } from '../../src/db/dialect.ts'
import { openDatabase } from '../../src/db/open.ts'
import { placeOf } from './mariadb.ts'
import { whenAllAreReady } from './processes.ts'

// Adds 1 to the minutes of a work item, so many times, in transactions that read the number and then write it.
const [place = '', id = '', times = ''] = process.argv.slice(2)
const db = await openDatabase(placeOf(place))
await whenAllAreReady()
for (let done = 0; done < Number(times); done++) {
  await transact(db, async (transaction) => {
    const { minutes } = await transaction.selectFrom('workItems').select('minutes').where('id', '=', id).executeTakeFirstOrThrow()
    await transaction
      .updateTable('workItems')
      .set({ minutes: Number(minutes) + 1 })
      .where('id', '=', id)
      .execute()
  })
}
await db.destroy()
console.log(JSON.stringify(Number(times)))
