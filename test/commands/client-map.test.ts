import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerClientMap } from '../../src/commands/client/map.ts'
import { bell, grabb } from '../clients/working.ts'
import { startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const company = 'f188a188-1e07-4f82-8dc8-455e633b2ada'
const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

test('msp client map bell syncro=7 Msp-Backups --remove', async () =>
  assert.deepEqual(await parsed(registerClientMap, 'map bell syncro=7 Msp-Backups --remove'), [
    'bell',
    [
      { integration: 'syncro', vendorClientId: '7' },
      { integration: 'msp-backups', vendorClientId: undefined },
    ],
    { remove: true },
  ]))

for (const word of ['syncro=', '=7', 'syncro=a b', '7', '']) {
  test(`"${word}" names no client of a vendor`, async () =>
    assert.rejects(parsed(registerClientMap, ['map', 'bell', word]), {
      code: 'usage',
      message: `"${word}" is not <integration>=<vendor id>.`,
      hint: 'Write it as syncro=34288070.',
    }))
}

test('a client is mapped by its name at every connected vendor, as often as one likes', async (t) => {
  const { msp } = await startMsp(t, { sandbox: true })
  await msp('client', 'add', 'grabb & durando')
  const lines = [`msp-backups\tGrabb & Durando\t${company}`, `syncro\tGrabb & Durando\t${grabb}`]
  for (let time = 0; time < 2; time++) assert.deepEqual(await msp('client', 'map', 'grabb'), { exitCode: 0, stdout: lines, stderr: [] })
  assert.equal((await msp('client', 'show', 'grabb', '--json')).json().mappings.length, 2)
})

test('a vendor that does not know the client does not keep the others from being mapped', async (t) => {
  const { msp, sandbox } = await startMsp(t, { sandbox: true })
  const { id } = sandbox.syncro.addCustomer({ name: 'Acme Dental' })
  await msp('client', 'add', 'Acme Dental')
  assert.deepEqual(await msp('client', 'map', 'acme', '--json'), {
    exitCode: 5,
    stdout: JSON.stringify([{ integration: 'syncro', vendorClientId: String(id), vendorName: 'Acme Dental' }], null, 2).split('\n'),
    stderr: JSON.stringify(
      {
        error: {
          code: 'not_found',
          message: 'MSP Backups has no client named Acme Dental.',
          hint: "Name the one you mean: msp client map 'Acme Dental' msp-backups=<id>",
        },
      },
      null,
      2,
    ).split('\n'),
  })
  assert.equal((await msp('client', 'show', 'acme', '--json')).json().mappings.length, 1)
})

test('several that may be meant at a vendor are listed with their ids, and none is taken; the id that is named then stays', async (t) => {
  const { msp, sandbox } = await startMsp(t, { sandbox: true })
  const tower = sandbox.syncro.addCustomer({ name: 'Bell Tower' })
  await msp('client', 'add', 'Bell')
  assert.deepEqual(
    [
      await msp('client', 'map', 'bell', 'syncro'),
      await msp('client', 'map', 'bell', `syncro=${tower.id}`),
      await msp('client', 'map', 'bell', 'syncro'),
    ],
    [
      said(
        5,
        `Bell may be Bell & Sons (syncro=${bell}) or Bell Tower (syncro=${tower.id}) at SyncroMSP.`,
        'Name the one you mean: msp client map Bell syncro=<id>',
      ),
      { exitCode: 0, stdout: [`syncro\tBell Tower\t${tower.id}`], stderr: [] },
      { exitCode: 0, stdout: [`syncro\tBell Tower\t${tower.id}`], stderr: [] },
    ],
  )
})

test("a vendor's client that stands for another client stays with it, until that is undone", async (t) => {
  const { msp } = await startMsp(t, { sandbox: true })
  await msp('client', 'add', 'Wrong', '--map', `syncro=${bell}`)
  await msp('client', 'add', 'Bell & Sons')
  const undo = ['client', 'map', 'wrong', `syncro=${bell}`, '--remove']
  assert.deepEqual(
    [await msp('client', 'map', 'bell', 'syncro'), await msp(...undo), await msp(...undo), await msp('client', 'map', 'bell', 'syncro')],
    [
      said(
        1,
        `Bell & Sons (syncro=${bell}) at SyncroMSP is mapped to Wrong already.`,
        `If that is wrong: msp client map Wrong syncro=${bell} --remove`,
      ),
      { exitCode: 0, stdout: [`syncro\tBell & Sons\t${bell}`], stderr: ['Wrong is not mapped there any more.'] },
      said(5, `Wrong is not mapped to syncro=${bell}.`, 'See: msp client show Wrong'),
      { exitCode: 0, stdout: [`syncro\tBell & Sons\t${bell}`], stderr: [] },
    ],
  )
  assert.deepEqual(
    [await msp('client', 'map', 'bell', '--remove'), await msp('client', 'map', 'bell', 'syncro', '--remove')].map(
      ({ exitCode, stderr }) => [exitCode, ...stderr],
    ),
    [
      [2, 'Which mapping?', "Give it as syncro=34288070; see: msp client show 'Bell & Sons'"],
      [2, 'Which client at syncro?', "Give its id: syncro=<id>; see: msp client show 'Bell & Sons'"],
    ],
  )
})

test('without a connected vendor there is nowhere to map', async (t) => {
  const { msp } = await startMsp(t)
  await msp('init')
  await msp('client', 'add', 'Bell')
  assert.deepEqual(
    [await msp('client', 'map', 'bell'), await msp('client', 'map', 'bell', 'syncro')],
    [
      said(4, 'No system with clients is connected.', 'Connect one: msp integrate syncro'),
      said(4, 'SyncroMSP is not connected.', 'Connect it: msp integrate syncro'),
    ],
  )
})
