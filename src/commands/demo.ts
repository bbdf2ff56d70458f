import { rm } from 'node:fs/promises'
import type { Command } from 'commander'
import type { App } from '../app.ts'
import { MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import { pressButton, type Sandbox, startSandbox } from '../sandbox/index.ts'
import { connectBackups, makeSandboxHome, type Outcome, oauthWords, runMsp } from './own-program.ts'

export function registerDemo(demo: Command, app: App, run = runDemo): void {
  demo.description('Watch the main job being done against the sandbox, in a home of its own').action(() => run(app))
}

const ticket = 'T12345'
const work = [
  ['Configured Veeam backup job for D2TESTNAS', '60m'],
  ['Set retention: 30 days local, 90 days cloud', '20m'],
  ['Tested backup: successful (45GB)', '50m'],
  ['Verified restore point creation', '20m'],
] as const

// the sandbox fetches the file from here, as SyncroMSP would through a tunnel
const onThisMachine = ['--public-url', 'http://127.0.0.1', '--listen', '127.0.0.1:0']

/** Types the headline job for the person to see, each command in a process of its own, and checks with the sandbox what came of it. */
export async function runDemo(app: Pick<App, 'io' | 'env'>): Promise<void> {
  const sandbox = await startSandbox({ seed: 'demo' })
  const { home, env } = await makeSandboxHome(app.env)
  const show = (text: string) => {
    for (const line of text.split('\n').filter(Boolean)) app.io.out(`  sandbox │ ${line.replaceAll('\t', '  ')}`)
  }
  const type = async (words: readonly string[], input?: string, onTalk?: (said: string) => void): Promise<Outcome> => {
    app.io.out(`$ ${input === undefined ? '' : 'echo … | '}msp ${words.map(quoted).join(' ')}`, 'bold')
    const outcome = await runMsp(words, env, input, onTalk)
    show(outcome.all)
    if (outcome.exitCode !== 0) throw new MspError('vendor', `The demo stopped: msp ${words.join(' ')} ended with ${outcome.exitCode}.`)
    return outcome
  }
  try {
    const browser = openBrowser()
    await type([...oauthWords(sandbox), '--no-browser'], undefined, browser.onTalk)
    show(`In the browser: pressed Allow. It shows: ${await browser.page}`)
    const { words, input } = connectBackups(sandbox)
    await type(words, input)
    await type(['client', 'add', 'Dataforth'])
    await type(['client', 'map', 'Dataforth'])
    await type(['session', 'start', '--client', 'Dataforth'])
    const { stdout: found } = await type(['ticket', 'search', 'backup', '--client', 'Dataforth', '--open'])
    await type(['ticket', 'link', ticket, '--type', 'resolves'])
    for (const [note, minutes] of work) await type(['work', 'add', note, '--minutes', minutes])
    await type(['ticket', 'sync'])
    const { stdout: report } = await type(['backup', 'report', '--client', 'Dataforth', '--attach', ticket, ...onThisMachine, '--yes'])
    await type(['time', 'log', '2.5h', '--ticket', ticket, '--note', 'Backup configuration and testing'])
    await type(['session', 'end'])
    const { stdout: links } = await runMsp(['ticket', 'links', '--client', 'Dataforth', '--json'], env)
    summarise(app, sandbox, { found, report, links })
  } finally {
    await sandbox.close()
    await rm(home, { recursive: true, force: true })
  }
}

/** The person at the browser: opens the address that msp prints, and agrees. */
function openBrowser() {
  const page = Promise.withResolvers<string>()
  let isOpen = false
  const onTalk = (said: string) => {
    const [, url] = /^(http:\S+)\n/m.exec(said) ?? []
    if (url === undefined || isOpen) return
    isOpen = true
    pressButton(url).then(page.resolve, page.reject)
  }
  return { onTalk, page: page.promise }
}

interface Seen {
  found: string
  report: string
  links: string
}

/** Says what was done, each line only when what msp printed and what the sandbox holds agree. */
function summarise({ io }: Pick<App, 'io'>, { syncro }: Sandbox, { found, report, links }: Seen): void {
  const real = [...syncro.tickets.values()].find(({ number }) => `T${number}` === ticket)
  const id = real?.id ?? 0
  const comments = syncro.comments(id).filter(({ subject }) => subject.startsWith('Work summary'))
  const timers = syncro.timers(id)
  const hours = timers.reduce((sum, { start_time, end_time }) => sum + (Date.parse(end_time ?? '') - Date.parse(start_time)) / 3_600_000, 0)
  const reports = syncro.attachments(id).filter(({ file_name }) => file_name.startsWith('dataforth_backup_report_'))
  const [, backups] = /^Latest backup report: (.*) total$/m.exec(report) ?? []
  const isLinked = (JSON.parse(links) as Array<{ ticketId: string }>).some(({ ticketId }) => ticketId === String(id))
  const checks: Array<[boolean, string]> = [
    [real !== undefined && found.includes(real.subject), `Found ticket #${real?.number}: ${real?.subject}`],
    [isLinked, 'Linked ticket to session'],
    [comments.length === 1 && syncro.mailed.length === 0, 'Added work summary comment'],
    [backups !== undefined, `Pulled backup report (${backups})`],
    [reports.length === 1 && (reports[0]?.size ?? 0) > 0, 'Attached report to ticket'],
    [timers.length === 1 && hours > 0, `Logged ${hours} hours`],
  ]
  io.out('')
  io.out('In the sandbox:', 'dim')
  for (const [isTrue, text] of checks) io.out(`${isTrue ? '✓' : '✗'} ${text}`, isTrue ? 'good' : 'bad')
  if (checks.some(([isTrue]) => !isTrue)) throw new MspError('check_failed', 'Not everything was done.')
  io.out('')
  io.out('Next, try it yourself: msp sandbox --shell   (in this checkout: node bin/msp.js sandbox --shell)')
}
