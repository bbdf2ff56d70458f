import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open.ts'
import { placeOf } from './mariadb.ts'
import { whenAllAreReady } from './processes.ts'

// Migrates the database that the argument names, and prints what it applied.
const db = await openDatabase(placeOf(process.argv[2] ?? ''))
await whenAllAreReady()
const applied = await migrate(db)
await db.destroy()
console.log(JSON.stringify(applied))
