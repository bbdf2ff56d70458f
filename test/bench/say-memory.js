// Loaded before a program: when it ends, the most memory that it had goes to file descriptor 3, in kilobytes.
import { writeSync } from 'node:fs'

process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)))
