import { type Command, InvalidArgumentError } from 'commander'
import type { App } from '../../app.ts'
import type { BackupPlan } from '../../backups/backup.ts'
import { type Expectation, toGapWords } from '../../backups/expectation.ts'
import { endExpectation, listExpectations, saveExpectation } from '../../backups/store.ts'
import type { Client } from '../../clients/client.ts'
import { findClient } from '../../clients/find.ts'
import { MspError } from '../../errors.ts'
import { quoted } from '../../files.ts'
import { startOfDay } from '../../zone.ts'
import { type JsonOption, withJson } from '../options.ts'
import { findEverybody } from './everybody.ts'

export interface BackupExpectOptions extends JsonOption {
  client: string
  computer?: string
  plan?: string
  every?: number
  grace?: number
  weekdays?: boolean
  pauseUntil?: string
  ignore?: boolean
  clear?: boolean
}

const fields = ['client', 'computer', 'plan', 'every', 'grace', 'weekdaysOnly', 'pausedUntil', 'isIgnored'] as const

export function registerBackupExpect(backup: Command, app: App, run = runBackupExpect): void {
  const expect = backup
    .command('expect')
    .description("Say what is expected of a client's backups, where their own schedule is not enough; without that, show it")
    .requiredOption('--client <name>', 'any part of the name that only one has')
    .option('--computer <name>', 'only of this computer')
    .option('--plan <name>', 'only of this plan, on the one computer that has it or on --computer')
    .option('--every <span>', 'a run begins at least so often: 24h, 90m, 7d', toMinutes)
    .option('--grace <span>', 'how much later is still in time: 6h', toMinutes)
    .option('--weekdays', 'Saturdays and Sundays do not count')
    .option('--no-weekdays', 'they count')
    .option('--pause-until <day>', 'nothing is expected before that day: 2026-02-01')
    .option('--ignore', 'nothing is expected any more, also of what is gone')
    .option('--no-ignore', 'something is expected again')
    .option('--clear', 'expect what schedule and history say again')
    .addHelpText('after', '\nWhat is not said stays as it was set before. Past days stay as they were judged then.')
  withJson(expect, app, fields).action((options: BackupExpectOptions) => run(app, options))
}

export async function runBackupExpect(app: App, options: BackupExpectOptions): Promise<void> {
  const db = await app.db()
  const client = await findClient(db, options.client)
  const { every, grace, weekdays, pauseUntil, ignore, clear } = options
  const sets = [every, grace, weekdays, pauseUntil, ignore].some((each) => each !== undefined)
  if (sets && clear) throw new MspError('usage', 'Use --clear alone.')
  const stored = await listKnownPlans(app, client)
  // what is new at the vendor is in no snapshot yet
  const plans = sets && !isKnown(stored, options) ? await listPlans(app, client) : stored
  if (sets) await set(app, client, findTarget(plans, client, options), options)
  if (clear) await end(app, client, findTarget([...plans, ...(await listTargets(app, client))], client, options))
  const rows = (await listExpectations(db, client.id, app.now())).map((each) => toRow(client, each, plans))
  if (rows.length === 0 && !clear) app.io.err(`Nothing is set for ${client.name}: the schedule and the history of each plan count.`)
  app.io.list(rows, fields, options.json)
}

type Target = Pick<Expectation, 'computer' | 'plan'>

async function set(app: App, { id }: Client, target: Target, options: BackupExpectOptions): Promise<void> {
  const [db, at] = [await app.db(), app.now()]
  const earlier = (await listExpectations(db, id, at)).find(({ computer, plan }) => computer === target.computer && plan === target.plan)
  await saveExpectation(db, id, { ...toExpectation(options, app, earlier), ...target }, { at, createdBy: app.technician() })
  app.io.err('Set. To see what comes of it: msp backup status', 'good')
}

async function end(app: App, { id, name }: Client, target: Target): Promise<void> {
  if (!(await endExpectation(await app.db(), id, target, app.now())))
    throw new MspError('not_found', 'Nothing is set there.', { hint: `See: msp backup expect --client ${quoted(name)}` })
  app.io.err('Schedule and history count again.', 'good')
}

const nothingSet: Omit<Expectation, 'computer' | 'plan'> = {
  ...{ everyMinutes: null, graceMinutes: null, weekdaysOnly: false, pausedUntil: null, isIgnored: false },
}

/** What is not said stays as it was. */
function toExpectation(
  { every, grace, weekdays, pauseUntil, ignore }: BackupExpectOptions,
  { now, zone }: Pick<App, 'now' | 'zone'>,
  { everyMinutes, graceMinutes, weekdaysOnly, pausedUntil, isIgnored } = nothingSet,
): Omit<Expectation, 'computer' | 'plan'> {
  const pause = pauseUntil === undefined ? pausedUntil : startOfDay(pauseUntil, zone())
  if (pauseUntil !== undefined && pause && pause <= now())
    throw new MspError('usage', `${pauseUntil} has begun already.`, { hint: 'Name a day to come.' })
  return {
    everyMinutes: every ?? everyMinutes,
    graceMinutes: grace ?? graceMinutes,
    weekdaysOnly: weekdays ?? weekdaysOnly,
    pausedUntil: pause,
    isIgnored: ignore ?? isIgnored,
  }
}

/** The client's plans, with those that are gone. */
async function listPlans(app: App, client: Client, stored = false): Promise<BackupPlan[]> {
  const { clients } = await findEverybody(app, { client, stored })
  return clients.flatMap(({ plans }) => plans).filter(({ kind }) => kind === 'backup')
}

/** The same of the latest snapshot; none before the first. */
async function listKnownPlans(app: App, client: Client): Promise<BackupPlan[]> {
  try {
    return await listPlans(app, client, true)
  } catch (error) {
    if (error instanceof MspError && error.code === 'not_found') return []
    throw error
  }
}

type Named = Pick<BackupPlan, 'computer' | 'computerKey' | 'plan' | 'key'>

/** What is set for computers and plans of which no snapshot knows any more, by their keys as they are shown then. */
async function listTargets({ db, now }: App, client: Client): Promise<Named[]> {
  const expectations = await listExpectations(await db(), client.id, now())
  return expectations.map(({ computer, plan }) => ({ computer, computerKey: computer, plan, key: plan }))
}

const isNamed = (typed: string | undefined, name: string): boolean => typed === undefined || typed.toLowerCase() === name.toLowerCase()

const findNamed = <T extends Named>(plans: readonly T[], { computer, plan }: BackupExpectOptions): T[] =>
  plans.filter((each) => isNamed(computer, each.computer) && isNamed(plan, each.plan))

const isKnown = (plans: readonly Named[], options: BackupExpectOptions): boolean =>
  (options.computer === undefined && options.plan === undefined) || findNamed(plans, options).length > 0

const longestKey = 255 // that its column has room for

/** By what identifies them, so that a computer may be renamed. */
function findTarget(plans: readonly Named[], client: Client, options: BackupExpectOptions): Target {
  const { computer, plan } = options
  if (computer === undefined && plan === undefined) return { computer: '', plan: '' }
  const fitting = findNamed(plans, options)
  const what = [plan, computer].filter((each) => each !== undefined).join(' on ')
  if (fitting.length === 0)
    throw new MspError('not_found', `${client.name} has no ${what}.`, { hint: `See: msp backup status --client ${quoted(client.name)}` })
  const targets = Map.groupBy(fitting, ({ computerKey, key }) => (plan === undefined ? computerKey : key))
  const [first] = fitting
  if (targets.size > 1 || first === undefined) {
    const names = [...new Set(fitting.map((each) => each.computer))]
    throw new MspError('ambiguous', `"${what}" may be on ${names.join(' or ')}, or on several of one name.`, {
      hint: 'Give --computer and --plan.',
    })
  }
  const target = { computer: first.computerKey, plan: plan === undefined ? '' : first.key }
  if (Math.max(target.computer.length, target.plan.length) > longestKey)
    throw new MspError('unsupported', `The names of ${what} are too long for an expectation of their own.`, {
      hint: plan === undefined ? 'Say it for the whole client.' : 'Say it for its computer, or for the whole client.',
    })
  return target
}

function toRow({ name }: Client, expectation: Expectation, plans: readonly BackupPlan[]) {
  const { computer, plan, everyMinutes, graceMinutes, weekdaysOnly, pausedUntil, isIgnored } = expectation
  const known = plans.find((each) => each.computerKey === computer && (plan === '' || each.key === plan))
  const inWords = (minutes: number | null) => (minutes === null ? null : toGapWords(minutes * 60_000))
  return {
    client: name,
    computer: computer === '' ? null : (known?.computer ?? computer),
    plan: plan === '' ? null : (known?.plan ?? plan),
    every: inWords(everyMinutes),
    grace: inWords(graceMinutes),
    ...{ weekdaysOnly, pausedUntil, isIgnored },
  }
}

const units: Record<string, number> = { m: 1, h: 60, d: 24 * 60 }

function toMinutes(typed: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(m|h|d)$/.exec(typed.trim()) ?? []
  const minutes = Math.round(Number(number) * (units[unit] ?? 0))
  if (minutes > 0 && minutes <= 366 * 24 * 60) return minutes
  throw new InvalidArgumentError('Write it as 24h, 90m or 7d.')
}
