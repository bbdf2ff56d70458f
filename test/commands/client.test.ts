import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerClientAdd } from '../../src/commands/client/add.ts'
import { bell, dataforth } from '../clients/working.ts'
import { startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const company = '928d5ed4-3ae2-4a93-8c0b-33e3018ef605'
const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

for (const [argv, expected] of [
  [
    ['add', 'Bell & Sons'],
    ['Bell & Sons', {}],
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

test('a client that is added is in the list, and shown by any part of its name', async (t) => {
  const { msp } = await startMsp(t)
  assert.deepEqual(await msp('client', 'list'), said(0, 'There are no clients yet. Add one: msp client add NAME'))
  const added = await msp('client', 'add', '  Grabb & Durando ')
  assert.deepEqual(
    [added.exitCode, added.stdout[0]?.split('\t').slice(0, 2), added.stderr.slice(-2)],
    [0, ['Grabb & Durando', ''], ['Client Grabb & Durando added.', "Find it at your vendors: msp client map 'Grabb & Durando'"]],
  )
  await msp('client', 'add', 'Bell & Sons')
  assert.deepEqual(await msp('client', 'list'), { exitCode: 0, stdout: ['Bell & Sons\t', 'Grabb & Durando\t'], stderr: [] })
  const cut = await msp('client', 'list', '--limit', '1', '--json=name')
  assert.deepEqual([cut.json(), cut.stderr], [[{ name: 'Bell & Sons' }], ['There are more than this one; see more with --limit.']])
  const shown = (await msp('client', 'show', 'DURAN', '--json')).json()
  assert.deepEqual(shown, { id: shown.id, name: 'Grabb & Durando', mappings: [], createdAt: shown.createdAt })
})

test('the same name in other letters, and no name, are refused', async (t) => {
  const { msp } = await startMsp(t)
  await msp('client', 'add', 'Bell & Sons')
  assert.deepEqual(
    [await msp('client', 'add', 'BELL  &  SONS'), await msp('client', 'add', ' - ')],
    [
      said(2, 'There is a client of this name already: Bell & Sons.', "See: msp client show 'Bell & Sons'"),
      said(2, 'A client needs a name.', 'Give it as you say it: msp client add Dataforth'),
    ],
  )
  assert.equal((await msp('client', 'list')).stdout.length, 1)
})

test('a name of two lines, or with what a terminal or a mail would act on, is refused', async (t) => {
  const { msp } = await startMsp(t)
  const refused = [
    'The name of a client stands on one line, without tabs and control characters.',
    'Type it again: in subjects, tables and reports it is one line.',
  ]
  for (const name of ['Evil\r\nBcc: x@y.example', 'Evil\tCorp', 'Evil\u001b[2J', 'Evil\u2028Corp'])
    assert.deepEqual(await msp('client', 'add', name), said(2, ...refused))
  assert.deepEqual((await msp('client', 'list')).stdout, [])
  assert.equal((await msp('client', 'add', 'Kind\n')).exitCode, 0)
})

test('a name that fits several is listed, and one that fits none is said: exit 5, and nothing is changed', async (t) => {
  const { msp } = await startMsp(t, { sandbox: true })
  for (const name of ['Bell & Sons', 'Bell Tower']) await msp('client', 'add', name)
  const several = ['"bell" fits 2 clients: Bell & Sons · Bell Tower.', 'Give more of the name.']
  const none = ['There is no client "acme".', 'See them: msp client list · add it: msp client add acme']
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
  assert.deepEqual([name, mappings], ['Dataforth', `msp-backups=${company} (Dataforth), syncro=${dataforth} (Dataforth)`])
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
      said(5, 'SyncroMSP has no client named Other.', 'Name the one you mean: msp client add Other --map syncro=<id>'),
      said(
        1,
        `Bell & Sons (syncro=${bell}) at SyncroMSP is mapped to Bell already.`,
        `If that is wrong: msp client map Bell syncro=${bell} --remove`,
      ),
      said(5, 'There is no integration "acme".', 'The integrations are: syncro, msp-backups, smtp, files'),
    ],
  )
  assert.deepEqual((await msp('client', 'list')).stdout, [`Bell\tsyncro=${bell} (Bell & Sons)`])
})

test('a terminal shows where clients are mapped, and leaves out the ids', async (t) => {
  const { msp } = await startMsp(t, { sandbox: true, terminal: true })
  await msp('client', 'add', 'Dataforth', '--map', 'syncro', '--map', 'msp-backups')
  await msp('client', 'add', 'Bell')
  assert.deepEqual((await msp('client', 'list')).stdout, ['NAME       MAPPED AT', 'Bell', 'Dataforth  msp-backups, syncro'])
})
