// What the report of one client among 50,000 plans, all of which ran since the last look, takes beside fetching and parsing them, and what the pages of a large report take.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BackupReport } from '../../src/backups/report.ts'
import { toHtml } from '../../src/reports/html.ts'
import { headings, toRow } from '../../src/reports/pdf/rows.ts'
import { toPdf } from '../../src/reports/pdf.ts'
import { createTimes } from '../../src/reports/words.ts'
import { samplePlan, sampleReport } from '../reports/sample.ts'
import { forgetLimits } from './forget-limits.ts'
import { median } from './median.ts'

const plans = 50_000
const allowedTime = 1.5
const allowedMemory = 4
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

interface Place {
  home: string
  /** The path of bin/msp.js. */
  msp: string
  runs: number
}

/** Milliseconds of a whole process and the most memory that it had, in bytes. */
interface Cost {
  time: number
  memory: number
}

const pagePlans = 500
const allowedPdf = 1.5
const allowedHtml = 0.1

/** Prints what a large report takes as a PDF beside a bare table of the same rows, and as a page beside the PDF. */
export async function reportPages(runs: number): Promise<void> {
  const statuses = sampleReport().plans
  const plans = Array.from({ length: pagePlans }, (_, index) => ({
    ...(statuses[index % statuses.length] ?? samplePlan()),
    computer: `PC-${index}`,
  }))
  const report = sampleReport({ plans })
  const [pdf, table, html]: number[][] = [[], [], []]
  for (let round = -2; round < runs; round++) {
    const times = [await timeOf(() => toPdf(report)), await timeOf(() => toBareTable(report)), await timeOf(async () => toHtml(report))]
    if (round < 0) continue
    for (const [index, list] of [pdf, table, html].entries()) list?.push(times[index] ?? 0)
  }
  const [ofPdf, ofTable, ofHtml] = [median(pdf ?? []), median(table ?? []), median(html ?? [])]
  const [slower, part] = [ofPdf / ofTable, ofHtml / ofPdf]
  if (slower > allowedPdf || part > allowedHtml) process.exitCode = 1
  console.log(
    `a report of ${pagePlans} plans: PDF ${ofPdf.toFixed(0)} ms, ${slower.toFixed(2)} × a bare table of its rows (${ofTable.toFixed(0)} ms) (${slower <= allowedPdf ? 'ok' : 'OVER'}, at most ${allowedPdf}); ` +
      `page ${ofHtml.toFixed(1)} ms, ${part.toFixed(3)} × the PDF (${part <= allowedHtml ? 'ok' : 'OVER'}, at most ${allowedHtml})`,
  )
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** The rows and nothing else, in the fonts that `toPdf` has set. */
async function toBareTable(report: BackupReport): Promise<Buffer> {
  const { default: pdfmake } = await import('pdfmake')
  const times = createTimes(report)
  const body = [headings, ...report.plans.map((plan) => toRow(plan, times))]
  const document = {
    pageSize: 'A4',
    pageOrientation: 'landscape',
    defaultStyle: { fontSize: 7 },
    content: [{ table: { headerRows: 1, body } }],
  } as const
  return pdfmake.createPdf(document as never).getBuffer()
}

export async function reportBackups({ home, msp, runs }: Place): Promise<void> {
  const vendor = spawn(process.execPath, [here('./many-plans-process.ts'), String(plans)], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const { url, bytes } = await whereIs(vendor)
    const env = { PATH: process.env.PATH, MSP_HOME: home, MSP_KEY_FILE: join(home, 'key'), MSP_TECHNICIAN: 'bench@example.com' }
    const run = (words: string[], input = '') => mustWork(spawnSync(process.execPath, [msp, ...words], { env, input, encoding: 'utf8' }))
    run(['init'])
    run(['integrate', 'msp-backups', '--username', 'bench', '--password-stdin', '--api-url', url], 'password')
    run(['client', 'add', 'Client 7'])
    const [bare, reports]: Cost[][] = [[], []]
    for (let round = -1; round < runs; round++) {
      await forgetLimits(home)
      const parse = cost([here('./fetch-and-parse.js'), `${url}/api/Monitoring`], env)
      const report = cost([msp, 'backup', 'report', '--client', 'Client 7'], env)
      if (round < 0) continue
      bare?.push(parse)
      reports?.push(report)
    }
    sayReport({ bare: bare ?? [], reports: reports ?? [], bytes })
  } finally {
    vendor.kill()
  }
}

async function whereIs(vendor: ChildProcess): Promise<{ url: string; bytes: number }> {
  const [line] = (await once(vendor.stdout ?? vendor, 'data')) as [Buffer]
  const [port, bytes] = line.toString().trim().split(' ').map(Number)
  return { url: `http://127.0.0.1:${port}`, bytes: bytes ?? 0 }
}

function mustWork({ status, stderr }: { status: number | null; stderr: string }): void {
  if (status !== 0) throw new Error(stderr)
}

/** GNU time is not everywhere: the process says itself how much memory it had. */
function cost(args: string[], env: NodeJS.ProcessEnv): Cost {
  const began = performance.now()
  const ended = spawnSync(process.execPath, [here('./say-memory.js'), ...args], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const time = performance.now() - began
  mustWork(ended)
  return { time, memory: Number(ended.output[3]) * 1024 }
}

function sayReport({ bare, reports, bytes }: { bare: Cost[]; reports: Cost[]; bytes: number }): void {
  const [base, time] = [median(bare.map((each) => each.time)), median(reports.map((each) => each.time))]
  const memories = reports.map((each) => each.memory)
  const memory = median(memories)
  const [slower, larger] = [time / base, memory / bytes]
  if (slower > allowedTime || larger > allowedMemory) process.exitCode = 1
  const megabytes = (size: number) => `${Math.round(size / 1024 ** 2)} MB`
  console.log(
    `the report of a client among ${plans} plans: ${time.toFixed(0)} ms, ${slower.toFixed(2)} × fetching and parsing them (${base.toFixed(0)} ms) (${slower <= allowedTime ? 'ok' : 'OVER'}, at most ${allowedTime}); ` +
      `${megabytes(memory)} (once ${megabytes(Math.max(...memories))}), ${larger.toFixed(1)} × the ${megabytes(bytes)} that came (${larger <= allowedMemory ? 'ok' : 'OVER'}, at most ${allowedMemory})`,
  )
}
