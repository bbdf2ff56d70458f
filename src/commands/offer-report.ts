import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from '../app.ts'
import { findClient } from '../clients/find.ts'
import { MspError } from '../errors.ts'
import { quoted, writeSecretFile } from '../files.ts'
import { backupVendors } from '../integrations/index.ts'
import { type IntegrationId, toTableName } from '../integrations/integration.ts'
import type { Session } from '../sessions/session.ts'
import { listLinks } from '../tickets/store.ts'
import { findCredentials } from '../vault/store.ts'
import type { OutputOptions } from './backup/output.ts'

/**
 * Of work that is about backups: asks a person whether to pull the client's latest report, and what shall become of it. Where nobody can answer,
 * prints the command. Once in a session.
 */
export async function offerReport(app: App, session: Session, text: string): Promise<void> {
  if (!isAboutBackups(text, app.config.get('backups.keywords') ?? '') || !(await isAnyConnected(app, backupVendors))) return
  const known = await readOffered(app)
  if (known.includes(session.id)) return
  await writeSecretFile(fileOf(app), JSON.stringify([...known, session.id].slice(-mostKept)), { overwrite: true })
  const command = `msp backup report --client ${quoted(session.client)}`
  if (!app.prompt.canAsk)
    return app.io.err(`About backups? Their latest report: ${command} (--attach TICKET, --save or --email ADDRESS too)`)
  if (!(await app.prompt.offer(`Pull latest backup report for ${session.client}?`))) return
  await pullReport(app, session)
}

/** True when one of the words begins a word of the text: `backup` is in "Backups fixed". */
export function isAboutBackups(text: string, keywords: string): boolean {
  const toWords = (given: string) =>
    ` ${given
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}]+/gu, ' ')
      .trim()}`
  return keywords
    .split(',')
    .map(toWords)
    .some((word) => word !== ' ' && toWords(text).includes(word))
}

async function isAnyConnected({ db }: Pick<App, 'db'>, ids: readonly IntegrationId[]): Promise<boolean> {
  const names = ids.map(toTableName)
  return (await findCredentials(await db())).some(({ integrationName }) => names.includes(integrationName))
}

const mostKept = 100
const fileOf = ({ config }: Pick<App, 'config'>): string => join(config.folders.state, 'offered-reports.json')

/** The sessions in which it was offered. */
async function readOffered(app: Pick<App, 'config'>): Promise<string[]> {
  try {
    const known: unknown = JSON.parse(await readFile(fileOf(app), 'utf8'))
    return Array.isArray(known) ? known.filter((each) => typeof each === 'string') : []
  } catch {
    return []
  }
}

/** What can be done with it; the work that brought it up is stored already, so a failure is only said. */
async function pullReport(app: App, session: Session): Promise<void> {
  const began = performance.now()
  try {
    const [{ makeReport }, { printReport }, { deliverReport, requireOutputs }] = await Promise.all([
      import('./backup/report.ts'),
      import('./backup/print.ts'),
      import('./backup/output.ts'),
    ])
    const client = await findClient(await app.db(), session.client)
    const { report } = await makeReport(app, client, { date: 'latest', days: 7 })
    printReport(app, report)
    const options = await askWhatFor(app, session)
    await deliverReport(app, { client, report, outputs: await requireOutputs(app, client, options), began, writes: [] }, options)
  } catch (error) {
    if (!(error instanceof MspError) || error.code === 'cancelled') throw error
    app.io.err(error.message, 'bad')
    if (error.hint) app.io.err(error.hint)
  }
}

/** Only what can be done is offered. */
async function askWhatFor(app: App, session: Session): Promise<OutputOptions> {
  const { db, prompt, config } = app
  const canAttach = config.get('files.public-url') !== undefined || (await isAnyConnected(app, ['files']))
  const [link] = canAttach ? await listLinks(await db(), { sessionId: session.id }) : []
  const choices = [
    ...(link ? [{ value: 'attach' as const, name: `Attach it to T${link.ticketNumber}` }] : []),
    { value: 'save' as const, name: 'Save it to the session' },
    ...((await isAnyConnected(app, ['smtp'])) ? [{ value: 'email' as const, name: 'E-mail it to the client' }] : []),
    { value: 'nothing' as const, name: 'Nothing' },
  ]
  const choice = await prompt.choose('What shall become of it?', choices, '--attach, --save or --email')
  if (choice === 'attach' && link) return { session: session.id, attach: `${link.integrationType}:id:${link.ticketId}` }
  if (choice === 'save') return { session: session.id, save: true }
  if (choice === 'nothing') return {}
  const to = await prompt.text('To whom? Addresses, with spaces between them:', '--email')
  return { session: session.id, email: to.split(/[\s,;]+/).filter(Boolean) }
}
