import { findClient } from '../../src/clients/find.ts'
import { openDatabase } from '../../src/db/open.ts'
import { startSession } from '../../src/sessions/open.ts'
import { placeOf } from '../support/mariadb.ts'
import { whenAllAreReady } from '../support/processes.ts'

// Starts a session in the database that the argument names, and prints whether it did, or why not.
const db = await openDatabase(placeOf(process.argv[2] ?? ''))
const client = await findClient(db, 'Dataforth')
await whenAllAreReady()
const result = await startSession(db, client, { technician: 'mike@example.com', machine: 'laptop' }, new Date()).then(
  () => 'started',
  (error: Error) => error.message,
)
await db.destroy()
console.log(JSON.stringify(result))
