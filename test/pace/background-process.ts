import { whenAllAreReady } from '../support/processes.ts'
import { openCaller } from './calling.ts'

// Calls Syncro for so many milliseconds as often as it may, while nobody waits for it.
const [place = '', baseUrl = '', token = '', milliseconds = ''] = process.argv.slice(2)
const { call, close } = await openCaller(place, baseUrl, token, true)
await whenAllAreReady()
const end = performance.now() + Number(milliseconds)
let refused = 0
while (performance.now() < end) await call(1).catch(() => refused++)
await close()
console.log(JSON.stringify(refused))
