import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MspError } from '../../src/errors.ts'
import * as map from '../../src/integrations/msp-backups/map.ts'
import { planReader } from '../../src/integrations/msp-backups/plan.ts'
import { toInstant } from '../../src/zone.ts'

const row = {
  PlanName: 'Nightly image',
  CompanyName: 'Acme Dental',
  UserID: '6f0c',
  ComputerName: 'ACME-DC01',
  ComputerHid: '01d4',
  LastStart: '2026-03-07T22:00:05.113',
  NextStart: '2026-03-08T22:00:00',
  Status: 0,
  ErrorMessage: null,
  FilesFailed: 0,
  FilesScanned: 3,
  DataCopied: 1,
  TotalData: 2,
  PlanId: '9b1e',
  PlanType: 11,
} as const

const toPlans = (answer: unknown, zoned: (local: string) => Date) => planReader(zoned)(answer)
const inUtc = (local: string) => toInstant(local, 'UTC')
const planOf = (change: object) => toPlans([{ ...row, ...change }], inUtc)[0] ?? assert.fail()

for (const [given, status] of [
  [0, 'successful'],
  [1, 'overdue'],
  [2, 'failed'],
  [3, 'running'],
  [4, 'unknown'],
  [5, 'failed'],
  [6, 'failed'],
  [7, 'warning'],
  [8, 'unknown'],
  [-1, 'unknown'],
  [0.5, 'unknown'],
  ['0', 'successful'],
  ['Success', 'successful'],
  ['UnexpectedlyClosed', 'failed'],
  ['warning', 'warning'],
  ['Fine', 'unknown'],
  ['', 'unknown'],
  ['constructor', 'unknown'],
] as const) {
  test(`the status ${JSON.stringify(given)} is ${status}`, () => assert.equal(planOf({ Status: given }).status, status))
}

for (const Status of [0, 1, 2, 3, 7]) {
  for (const LastStart of [null, undefined, '0001-01-01T00:00:00']) {
    test(`a plan of status ${Status} whose last start is ${LastStart} never ran`, () => {
      const { status, lastStart } = planOf({ Status, LastStart })
      assert.deepEqual([status, lastStart], ['neverRan', null])
    })
  }
}

for (const [PlanType, type, kind] of [
  [0, 'Not stated', 'backup'],
  [1, 'Backup', 'backup'],
  [2, 'Restore', 'restore'],
  [3, 'Files', 'backup'],
  [4, 'Files', 'restore'],
  [5, 'Virtual machines', 'backup'],
  [6, 'Virtual machines', 'restore'],
  [7, 'SQL', 'backup'],
  [8, 'SQL', 'restore'],
  [9, 'Exchange', 'backup'],
  [10, 'Exchange', 'restore'],
  [11, 'Image', 'backup'],
  [12, 'Image', 'restore'],
  [13, 'Consistency check', 'check'],
  [14, 'EC2', 'backup'],
  [15, 'EC2', 'restore'],
  [16, 'Hyper-V', 'backup'],
  [17, 'Hyper-V', 'restore'],
  ['BackupFiles', 'Files', 'backup'],
  ['SQLResore', 'SQL', 'restore'],
] as const) {
  test(`the plan type ${PlanType} is ${type}, a ${kind}`, () => {
    const plan = planOf({ PlanType })
    assert.deepEqual([plan.type, plan.kind, plan.status], [type, kind, 'successful'])
  })
}

for (const [PlanType, Status, type, status] of [
  [18, 0, 'Other (18)', 'unknown'],
  [99, 7, 'Other (99)', 'unknown'],
  [99, 3, 'Other (99)', 'unknown'],
  ['Office365', 0, 'Other (Office365)', 'unknown'],
  [null, 0, 'Other (not stated)', 'unknown'],
  // worse than unknown is not made better
  [18, 2, 'Other (18)', 'failed'],
  [18, 1, 'Other (18)', 'overdue'],
] as const) {
  test(`a plan of the unknown type ${PlanType} with status ${Status} is a backup that is ${status}`, () => {
    const plan = planOf({ PlanType, Status })
    assert.deepEqual([plan.type, plan.kind, plan.status], [type, 'backup', status])
  })
}

for (const [change, status] of [
  [{ FilesScanned: 0, TotalData: 0 }, 'warning'],
  [{ FilesScanned: null, TotalData: undefined }, 'warning'],
  [{ FilesScanned: 0 }, 'successful'],
  [{ TotalData: 0 }, 'warning'],
  [{ FilesScanned: 0, PlanType: 3 }, 'warning'],
  [{ FilesScanned: 0, TotalData: 0, PlanType: 13 }, 'successful'],
  [{ FilesScanned: 0, TotalData: 0, PlanType: 4 }, 'successful'],
  [{ FilesScanned: 0, TotalData: 0, Status: 2 }, 'failed'],
] as const) {
  test(`success with ${JSON.stringify(change)} is ${status}`, () => assert.equal(planOf(change).status, status))
}

for (const [given, reason] of [
  [null, null],
  [' ', null],
  ['The disk\r\n is full.', 'The disk is full.'],
  ['[{"code":"1","title":"Storage is full.","detail":"Limit reached."}]', 'Storage is full: Limit reached.'],
  ['{"title":"Storage is full"}', 'Storage is full'],
  ['[{"title":null,"detail":"Limit reached."}]', 'Limit reached.'],
  ['[{"title":"One","detail":""},{"title":"Two"},{"title":"Three"}]', 'One (and 2 more)'],
  ['[]', '[]'],
  ['[{"code":"1531"}]', '[{"code":"1531"}]'],
  ['5', '5'],
  ['[{"title":', '[{"title":'],
  ['x'.repeat(300), `${'x'.repeat(199)}…`],
] as const) {
  test(`the reason in ${JSON.stringify(given)?.slice(0, 80)}`, () => assert.equal(planOf({ ErrorMessage: given }).reason, reason))
}

for (const [change, key] of [
  [{}, '01d4/9b1e'],
  [{ ComputerHid: '{01D4}', PlanId: '9B1E' }, '01d4/9b1e'],
  [{ ComputerHid: undefined, ComputerHID: '{01D4}' }, '01d4/9b1e'],
  [{ ComputerHid: '{}' }, '6f0c/ACME-DC01/Nightly image'],
  [{ ComputerHid: null }, '6f0c/ACME-DC01/Nightly image'],
  [{ PlanId: '' }, '6f0c/ACME-DC01/Nightly image'],
] as const) {
  test(`the key of a plan with ${JSON.stringify(change)} is ${key}`, () => {
    const { ComputerHid, ...rest } = row
    const given = 'ComputerHID' in change ? { ...rest, ComputerHID: change.ComputerHID } : { ...rest, ComputerHid, ...change }
    assert.equal(toPlans([given], inUtc)[0]?.key, key)
  })
}

test('names are read in any spelling', () => {
  const shouted = Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toUpperCase(), value]))
  assert.deepEqual(toPlans([shouted], inUtc), toPlans([row], inUtc))
})

for (const [LastStart, zone, instant] of [
  ['2026-03-07T22:00:05.1134567', 'America/Phoenix', '2026-03-08T05:00:05.113Z'],
  ['2026-03-07T22:00:05', 'UTC', '2026-03-07T22:00:05.000Z'],
  ['2026-03-07T22:00:05Z', 'America/Phoenix', '2026-03-07T22:00:05.000Z'],
  ['2026-03-07T22:00:05-05:00', 'America/Phoenix', '2026-03-08T03:00:05.000Z'],
] as const) {
  test(`the time ${LastStart} with the zone ${zone}`, () => {
    const [plan] = toPlans([{ ...row, LastStart }], (local) => toInstant(local, zone))
    assert.equal(plan?.lastStart?.toISOString(), instant)
  })
}

for (const [what, answer, fields] of [
  ['no list', { Message: 'ok' }, 'the whole answer'],
  ['rows of something else', [row, { Message: 'ok' }], '1.planname, 1.computername'],
  ['rows that are none', [row, 'x'], '1'],
] as const) {
  test(`${what}: refused by the name of the field`, () => {
    assert.throws(() => toPlans(answer, inUtc), { code: 'vendor', message: `MSP Backups sent plans that msp cannot read: ${fields}.` })
  })
}

for (const [what, change, fields] of [
  ['a time in another shape', { LastStart: '03/07/2026 22:00' }, 'LastStart'],
  ['a day that does not exist', { NextStart: '2026-02-30T22:00:00' }, 'NextStart'],
  ['a size that no number holds', { TotalData: '9'.repeat(400), DataCopied: 1e300 }, 'DataCopied, TotalData'],
  ['a size in words', { TotalData: '2 GB' }, 'TotalData'],
  ['no name, and a number for a reason', { PlanName: null, ErrorMessage: 5 }, 'PlanName, ErrorMessage'],
] as const) {
  test(`${what}: the plan is unknown by the name of the field, and hides no other`, () => {
    const plans = toPlans([row, { ...row, ...change }], inUtc).map(({ status, reason }) => ({ status, reason }))
    assert.deepEqual(plans, [
      { status: 'successful', reason: null },
      { status: 'unknown', reason: `MSP Backups sent of it what msp cannot read: ${fields}.` },
    ])
  })
}

for (const [Status, reason] of [
  [1, 'It missed its scheduled start.'],
  [2, null],
  [4, 'MSP Backups itself does not know how it ended.'],
  [5, 'The run was interrupted.'],
  [6, 'The backup program was closed during the run.'],
  [8, 'msp does not know what MSP Backups means by the status "8".'],
  [null, 'MSP Backups gives no status.'],
] as const) {
  test(`the status ${Status} explains itself where the vendor does not`, () => {
    assert.deepEqual([planOf({ Status }).reason, planOf({ Status, ErrorMessage: 'Full.' }).reason], [reason, 'Full.'])
  })
}

test('a zone that does not exist is our mistake, not the vendor’s', () => {
  assert.throws(() => toPlans([row], (local) => toInstant(local, 'Mars/Base')), { code: 'config' })
})

for (const [answer, reason] of [
  [{ error: 'invalid_grant', error_description: 'The user name or password is incorrect.' }, 'The user name or password is incorrect.'],
  [{ Message: 'Authorization has been denied for this request.' }, 'Authorization has been denied for this request.'],
  [{ message: 'No HTTP resource was found' }, 'No HTTP resource was found'],
  [{ error: 'invalid_grant' }, 'invalid_grant'],
  [{ Message: 5 }, undefined],
  [{}, undefined],
  [[], undefined],
  [null, undefined],
] as const) {
  test(`the reason in ${JSON.stringify(answer)}`, () => assert.equal(map.reasonOf(answer), reason))
}

const readers: Record<string, (answer: unknown) => unknown> = {
  toPlans: (answer) => toPlans(answer, inUtc),
  toClients: map.toClients,
  toAccessToken: (answer) => map.toAccessToken(answer, new Date(0)),
  reasonOf: map.reasonOf,
}

const likelyRow = fc.record(
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, fc.oneof(fc.constant<unknown>(value), fc.jsonValue())])),
  { requiredKeys: [] },
)

for (const [name, read] of Object.entries(readers)) {
  test(`${name}: whatever comes, it is read or refused with a sentence`, () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(likelyRow, { maxLength: 3 })), (answer) => {
        try {
          read(answer)
        } catch (error) {
          if (!(error instanceof MspError)) throw error
        }
      }),
      { numRuns: 200 },
    )
  })
}
