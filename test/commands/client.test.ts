import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerClientAdd } from '../../src/commands/client/add.ts'
import { registerClientMap } from '../../src/commands/client/map.ts'
import { bell, dataforth, grabb } from '../clients/working.ts'
import { startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const companies = {
  dataforth: '928d5ed4-3ae2-4a93-8c0b-33e3018ef605',
  grabb: 'f188a188-1e07-4f82-8dc8-455e633b2ada',
  bell: '56133266-4837-4ef4-81e3-3a00a766a961',
}
const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

for (const [argv, expected] of [
  [
    ['add', 'Bell & Sons'],
    ['Bell & Sons', { map: [] }],
  ],
  [
    ['add', 'Bell', '--map', 'syncro=7', '--map', 'msp_backups'],
    [
      'Bell',
      {
        map: [
          { integration: 'syncro', vendorClientId: '7' },
          { integration: 'msp-backups', vendorClientId: undefined },
        ],
      },
    ],
  ],
] as const) {
  test(`msp client ${argv.join(' ')}`, async () => assert.deepEqual(await parsed(registerClientAdd, argv), expected))
}

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

test('a client that is added is in the list, and shown by any part of its name', async (t) => {
  const { msp } = await startMsp(t)
  assert.deepEqual(await msp('client', 'list'), said(0, 'There are no clients yet. Add one: msp client add NAME'))
  const added = await msp('client', 'add', '  Grabb & Durando ')
  assert.deepEqual(
    [added.exitCode, added.stdout[0]?.split('\t').slice(0, 2), added.stderr.slice(-2)],
    [0, ['Grabb & Durando', ''], ['Client Grabb & Durando added.', 'Find it at your vendors: msp client map "Grabb & Durando"']],
  )
  await msp('client', 'add', 'Bell & Sons')
  assert.deepEqual(await msp('client', 'list'), { exitCode: 0, stdout: ['Bell & Sons\t', 'Grabb & Durando\t'], stderr: [] })
  assert.deepEqual((await msp('client', 'list', '--limit', '1', '--json=name')).json(), [{ name: 'Bell & Sons' }])
  const shown = (await msp('client', 'show', 'DURAN', '--json')).json()
  assert.deepEqual(shown, { id: shown.id, name: 'Grabb & Durando', mappings: [], createdAt: shown.createdAt })
})

test('the same name in other letters, and no name, are refused', async (t) => {
  const { msp } = await startMsp(t)
  await msp('client', 'add', 'Bell & Sons')
  assert.deepEqual(
    [await msp('client', 'add', 'BELL  &  SONS'), await msp('client', 'add', ' - ')],
    [
      said(2, 'There is a client of this name already: Bell & Sons.', 'See: msp client show "Bell & Sons"'),
      said(2, 'A client needs a name.'),
    ],
  )
  assert.equal((await msp('client', 'list')).stdout.length, 1)
})

test('a name that fits several is listed, and one that fits none is said: exit 5, and nothing is changed', async (t) => {
  const { msp } = await startMsp(t, { sandbox: true })
  for (const name of ['Bell & Sons', 'Bell Tower']) await msp('client', 'add', name)
  const several = ['"bell" fits 2 clients: Bell & Sons · Bell Tower.', 'Give more of the name.']
  const none = ['There is no client "acme".', 'See them: msp client list · add it: msp client add "acme"']
  for (const command of [
    ['client', 'show'],
    ['client', 'map'],
    ['session', 'start', '--client'],
    ['ticket', 'search', '--client'],
  ]) {
    assert.deepEqual([await msp(...command, 'bell'), await msp(...command, 'acme')], [said(5, ...several), said(5, ...none)])
  }
  assert.deepEqual((await msp('client', 'show', 'bell', '--json')).json(), {
    error: { code: 'ambiguous', message: several[0], hint: several[1] },
  })
  assert.deepEqual((await msp('client', 'list')).stdout, ['Bell & Sons\t', 'Bell Tower\t'])
  assert.deepEqual((await msp('session', 'list')).stdout, [])
})

test("a client is added with the vendors' ids, or found there by its name", async (t) => {
  const { msp } = await startMsp(t, { sandbox: true })
  await msp('client', 'add', 'Bell', '--map', `syncro=${bell}`)
  const { stdout } = await msp('client', 'add', 'Dataforth', '--map', 'syncro', '--map', 'msp-backups')
  const [name, mappings] = stdout[0]?.split('\t') ?? []
  assert.deepEqual([name, mappings], ['Dataforth', `msp-backups=${companies.dataforth} (Dataforth), syncro=${dataforth} (Dataforth)`])
  assert.deepEqual((await msp('client', 'show', 'bell', '--json=mappings')).json(), {
    mappings: [{ integration: 'syncro', vendorClientId: bell, vendorName: 'Bell & Sons' }],
  })
})

test('a client is not added when one of its mappings cannot be', async (t) => {
  const { msp } = await startMsp(t, { sandbox: true })
  await msp('client', 'add', 'Bell', '--map', `syncro=${bell}`)
  assert.deepEqual(
    [
      await msp('client', 'add', 'Other', '--map', 'msp-backups=nobody', '--map', `syncro=${dataforth}`),
      await msp('client', 'add', 'Other', '--map', 'syncro'),
      await msp('client', 'add', 'Other', '--map', `syncro=${bell}`),
      await msp('client', 'add', 'Other', '--map', 'acme=7'),
    ],
    [
      said(5, 'MSP Backups has no client with the id nobody.'),
      said(5, 'SyncroMSP has no client named Other.', 'Name the one you mean: msp client map "Other" syncro=<id>'),
      said(
        1,
        `Bell & Sons (syncro=${bell}) at SyncroMSP is mapped to Bell already.`,
        `If that is wrong: msp client map "Bell" syncro=${bell} --remove`,
      ),
      said(5, 'There is no integration "acme".', 'The integrations are: syncro, msp-backups'),
    ],
  )
  assert.deepEqual((await msp('client', 'list')).stdout, [`Bell\tsyncro=${bell} (Bell & Sons)`])
})

test('a client is mapped by its name at every connected vendor, as often as one likes', async (t) => {
  const { msp } = await startMsp(t, { sandbox: true })
  await msp('client', 'add', 'grabb & durando')
  const lines = [`msp-backups\tGrabb & Durando\t${companies.grabb}`, `syncro\tGrabb & Durando\t${grabb}`]
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
          hint: 'Name the one you mean: msp client map "Acme Dental" msp-backups=<id>',
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
        'Name the one you mean: msp client map "Bell" syncro=<id>',
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
        `If that is wrong: msp client map "Wrong" syncro=${bell} --remove`,
      ),
      { exitCode: 0, stdout: [`syncro\tBell & Sons\t${bell}`], stderr: ['Wrong is not mapped there any more.'] },
      said(5, `Wrong is not mapped to syncro=${bell}.`, 'See: msp client show "Wrong"'),
      { exitCode: 0, stdout: [`syncro\tBell & Sons\t${bell}`], stderr: [] },
    ],
  )
  assert.deepEqual(
    [await msp('client', 'map', 'bell', '--remove'), await msp('client', 'map', 'bell', 'syncro', '--remove')].map(
      ({ exitCode, stderr }) => [exitCode, stderr[0]],
    ),
    [
      [2, 'Which mapping?'],
      [2, 'Which client at syncro?'],
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

test('a terminal shows where clients are mapped, and leaves out the ids', async (t) => {
  const { msp } = await startMsp(t, { sandbox: true, terminal: true })
  await msp('client', 'add', 'Dataforth', '--map', 'syncro', '--map', 'msp-backups')
  await msp('client', 'add', 'Bell')
  assert.deepEqual((await msp('client', 'list')).stdout, ['NAME       MAPPED AT', 'Bell', 'Dataforth  msp-backups, syncro'])
})
