// A backup vendor that answers at once with many plans: a process of its own, so that its work is not counted. Prints its port.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { guid, vendorTime } from '../../src/sandbox/msp-backups/state.ts'

const [count = 50_000, perClient = 50] = process.argv.slice(2).map(Number)
const gigabyte = 1024 ** 3
const hoursAgo = (hours: number) => vendorTime(new Date(Date.now() - hours * 3_600_000))
const [lastStart, nextStart] = [hoursAgo(10), hoursAgo(-14)]

/** A row as the sandbox has it. */
function toPlan(index: number) {
  const client = Math.floor(index / perClient)
  const isFailed = index % 20 === 0
  return {
    PlanName: 'Nightly files',
    CompanyName: `Client ${client}`,
    UserName: `client-${client}-backup`,
    UserID: guid(`user ${client}`),
    ComputerName: `PC${index}`,
    ComputerHid: guid(`computer ${index}`),
    BuildVersion: '8.0.3.36',
    StorageType: 'Cloud',
    LastStart: lastStart,
    NextStart: nextStart,
    Status: isFailed ? 2 : 0,
    ErrorMessage: isFailed ? JSON.stringify([{ code: '1531', title: 'The storage is full', detail: 'The limit is reached.' }]) : null,
    FilesCopied: 120,
    FilesFailed: 0,
    DataCopied: gigabyte,
    Duration: '42 min.',
    DataToBackup: gigabyte,
    TotalData: 10 * gigabyte,
    FilesScanned: 4200,
    FilesToBackup: 120,
    PlanId: guid(`plan ${index}`),
    PlanType: 3,
    DetailedReportLink: `https://ws.mspbackups.com/AP/GetReport/${guid(`report ${index}`)}`,
  }
}

const plans = Buffer.from(JSON.stringify(Array.from({ length: count }, (_, index) => toPlan(index))))
const companies = Array.from({ length: count / perClient }, (_, client) => ({ Id: guid(`company ${client}`), Name: `Client ${client}` }))
const answers: Record<string, Buffer> = {
  '/api/Provider/Login': Buffer.from(JSON.stringify({ access_token: guid('token'), expires_in: 1209599 })),
  '/api/Companies': Buffer.from(JSON.stringify(companies)),
  '/api/Monitoring': plans,
}
const nothing = Buffer.from(JSON.stringify({ Count: 0, Message: null, StatusCode: 200, Computers: [] }))

// each night every plan runs again: a list that stays the same would be kept without any work
const starts = placesOf(`"LastStart":"${lastStart}"`)
let looks = 0

function placesOf(text: string): number[] {
  const places: number[] = []
  for (let at = plans.indexOf(text); at !== -1; at = plans.indexOf(text, at + 1)) places.push(at + text.length - lastStart.length - 1)
  return places
}

function runAgain(): void {
  const start = vendorTime(new Date(Date.parse(`${lastStart}Z`) + 1000 * looks++))
  for (const at of starts) plans.write(start, at)
}

const server = createServer((request, response) => {
  if (request.url === '/api/Monitoring') runAgain()
  const body = answers[request.url?.split('?')[0] ?? ''] ?? nothing
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port} ${plans.length}\n`))
