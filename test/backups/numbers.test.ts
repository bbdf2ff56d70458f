import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { planStatuses } from '../../src/backups/backup.ts'
import { byKey, takePlans } from '../../src/backups/collect.ts'
import { judgePlans } from '../../src/backups/judge.ts'
import { toReport } from '../../src/backups/make-report.ts'
import type { Snapshot } from '../../src/backups/past.ts'
import { fromPieces } from '../../src/backups/snapshot.ts'
import { backupSource } from '../../src/integrations/msp-backups/backups.ts'
import { takeAll } from '../integrations/support.ts'

/** A vendor whose only answer is this list. */
const sourceOf = (rows: readonly object[]) =>
  backupSource({ baseUrl: '', send: async ({ list }) => list && takeAll(list, rows) }, 'America/Phoenix')

const backupTypes = [0, 1, 3, 5, 7, 9, 11, 14, 16, 'BackupFiles', 'SQLBackup', 18, 99, 'Office365', null]
const types = [...backupTypes, 2, 4, 13, 'RestoreFiles']
const successes = [0, '0', 'Success', 'success']
const statuses = [...successes, 1, 2, 3, 4, 5, 6, 7, 8, -1, 99, 'Warning', 'Fine', '']
const times = ['2026-01-15T03:00:00', '2026-01-14T03:00:00.1234567', '2026-01-13T03:00:00Z', '0001-01-01T00:00:00', null, undefined]
const messages = [null, undefined, '', 'The disk is full.', '[{"title":"Full","detail":"No room."}]', '{"title":1}', '[{', '5']
const sizes = fc.oneof(fc.nat(2 ** 40), fc.nat(2 ** 40).map(String), fc.constantFrom(null, undefined, 0, -5))

const row = fc.record({
  PlanName: fc.constantFrom('Nightly', 'Weekly'),
  CompanyName: fc.constantFrom('Acme', ' ACME ', 'Acme'),
  ComputerName: fc.constantFrom('PC1', 'PC2'),
  ComputerHid: fc.constantFrom('H1', '{h1}', 'H2', null, undefined),
  PlanId: fc.constantFrom('P1', 'p1', 'P2', '', null),
  UserID: fc.constantFrom('U1', null),
  LastStart: fc.constantFrom(...times),
  NextStart: fc.constantFrom(...times),
  Status: fc.constantFrom(...statuses),
  PlanType: fc.constantFrom(...types),
  ErrorMessage: fc.constantFrom(...messages),
  FilesFailed: sizes,
  FilesScanned: sizes,
  DataCopied: sizes,
  TotalData: sizes,
})

/** As the vendor may write it too: other capitals, and without what is not said. */
const written = fc.tuple(row, fc.constantFrom('as is', 'lower', 'upper')).map(([given, casing]) => {
  const spell = (name: string) => (casing === 'lower' ? name.toLowerCase() : casing === 'upper' ? name.toUpperCase() : name)
  const said = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries(said.map(([name, value]) => [spell(name), value]))
})

/** What identifies a plan, worked out in another way than msp does. */
function identityOf(row: Record<string, unknown>): string {
  const { computerhid, planid, userid, computername, planname } = lower(row)
  const hid = String(computerhid ?? '').replace(/[{}]/g, '')
  return (hid && planid ? ['by id', hid, planid] : ['by name', userid ?? '', computername, planname]).join('|').toLowerCase()
}

const lower = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]))

async function snapshotOf(takenAt: Date, rows: readonly object[]): Promise<Snapshot> {
  const { parts } = await takePlans(sourceOf(rows))
  return { takenAt, isWhole: true, plans: byKey(fromPieces(parts.get('acme'))) }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)
const before = new Date('2026-01-14T12:00:00.000Z')
const takenAt = new Date('2026-01-15T12:00:00.000Z')

test('whatever the vendor says, the numbers add up', () =>
  fc.assert(
    fc.asyncProperty(fc.array(written, { maxLength: 12 }), fc.array(written, { maxLength: 12 }), async (earlierRows, rows) => {
      const [earlier, now] = [await snapshotOf(before, earlierRows), await snapshotOf(takenAt, rows)]
      const days = ['2026-01-14', '2026-01-15']
      const plans = judgePlans({ now, earlier: [earlier], expectations: [], zone: 'UTC', days })
      const report = toReport({
        ...{ client: 'Acme', date: '2026-01-15', takenAt, source: 'live', zone: 'UTC', days, notes: [] },
        plans,
      })
      const { totalJobs, protectedBytes, sentBytes, ...counts } = report.totals
      // every row is one plan, every plan is one row, and it is a job or evidence
      assert.equal(now.plans.size, new Set(rows.map(identityOf)).size)
      const jobs = [...now.plans.values()].filter(({ kind }) => kind === 'backup')
      assert.equal(totalJobs, jobs.length + counts.gone)
      assert.equal(totalJobs, sum(planStatuses.map((status) => counts[status])))
      assert.deepEqual(
        planStatuses.map((status) => counts[status]),
        planStatuses.map((status) => report.plans.filter((each) => each.status === status).length),
      )
      assert.deepEqual([protectedBytes, sentBytes], [sum(jobs.map((job) => job.protectedBytes)), sum(jobs.map((job) => job.sentBytes))])
      assert.ok(report.plans.every((each) => each.protectedBytes >= 0 && each.sentBytes >= 0 && each.days.length === 2))
    }),
    { numRuns: 300 },
  ))

test('only what the vendor calls a success, of a type that is known, that ran and that saved something is successful', () =>
  fc.assert(
    fc.asyncProperty(written, async (given) => {
      const { plans } = await snapshotOf(takenAt, [given])
      const [plan] = plans.values()
      assert.ok(plan)
      const { status, plantype, laststart, totaldata, filesscanned } = lower(given)
      const isKnownType = plantype !== null && ![18, 99, 'Office365'].includes(plantype as never)
      const ran = typeof laststart === 'string' && laststart > '1970'
      const isFull = plan.kind !== 'backup' || (Number(totaldata ?? 0) > 0 && (plan.type !== 'Files' || Number(filesscanned ?? 0) > 0))
      assert.equal(plan.status === 'successful', successes.includes(status as never) && isKnownType && ran && isFull)
      assert.equal(plan.kind === 'backup', backupTypes.includes(plantype as never))
    }),
    { numRuns: 500 },
  ))

test('a plan is kept as it was read', () =>
  fc.assert(
    fc.asyncProperty(fc.array(written, { maxLength: 5 }), async (rows) => {
      const read: object[] = []
      await sourceOf(rows).plans({ begin: () => {}, take: (plans) => void read.push(...plans) })
      assert.deepEqual(fromPieces((await takePlans(sourceOf(rows))).parts.get('acme')), read)
    }),
  ))

test('plans go to their clients, those of no company are counted as jobs, and a list that is begun anew counts once', async () => {
  const plan = {
    PlanName: 'N',
    ComputerName: 'PC',
    Status: 0,
    PlanType: 3,
    TotalData: 1,
    FilesScanned: 1,
    LastStart: '2026-01-15T03:00:00',
  }
  const rows = ['Acme', 'ACME ', 'Bell', null, ' ', ''].map((CompanyName, index) => ({ ...plan, CompanyName, PlanName: `N${index}` }))
  const restore = { ...plan, CompanyName: null, PlanType: 4 }
  const source = backupSource(
    {
      baseUrl: '',
      send: async ({ list }) => {
        assert.ok(list)
        takeAll(list, rows.slice(0, 3))
        return takeAll(list, [...rows, restore])
      },
    },
    'UTC',
  )
  const { parts, unassigned } = await takePlans(source)
  assert.deepEqual(
    [...parts].map(([key, body]) => [key, fromPieces(body).map(({ vendorClient, plan }) => [vendorClient, plan])]),
    [
      [
        'acme',
        [
          ['Acme', 'N0'],
          ['ACME', 'N1'],
        ],
      ],
      ['bell', [['Bell', 'N2']]],
      [
        '',
        [
          [null, 'N3'],
          [null, 'N4'],
          [null, 'N5'],
          [null, 'N'],
        ],
      ],
    ],
  )
  assert.equal(unassigned, 3)
})

test('the same plan twice is one plan, as its later run left it', async () => {
  const row = (LastStart: string | null, Status: number) => ({
    ...{ PlanName: 'N', CompanyName: 'Acme', ComputerName: 'PC', ComputerHid: 'h', PlanId: 'p', PlanType: 11, TotalData: 1 },
    ...{ LastStart, Status },
  })
  for (const rows of [
    [row('2026-01-14T03:00:00', 0), row('2026-01-15T03:00:00', 2), row(null, 0)],
    [row(null, 0), row('2026-01-15T03:00:00', 2), row('2026-01-14T03:00:00', 0)],
  ]) {
    const { plans } = await snapshotOf(takenAt, rows)
    assert.deepEqual(
      [...plans].map(([key, { status }]) => [key, status]),
      [['h/p', 'failed']],
    )
  }
})
