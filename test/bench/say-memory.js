// Runs the program that is named behind it: when that ends, the most memory that it had goes to file descriptor 3, in kilobytes.
import { writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)))
process.argv.splice(1, 1)
await import(pathToFileURL(process.argv[1]).href)
