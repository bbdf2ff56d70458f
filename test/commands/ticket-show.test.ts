import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hoursAgo, nasId, startWorking } from '../clients/working.ts'

const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

test('a ticket is shown with its comments, in the fields that scripts rely on', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const { comments, ...ticket } = (await msp('ticket', 'show', 'T12345', '--json')).json()
  const [found] = (await msp('ticket', 'search', 'nas', 'backup', '--json')).json()
  assert.deepEqual(ticket, found)
  assert.deepEqual(Object.keys(ticket), [
    ...['integration', 'id', 'number', 'subject', 'status', 'priority', 'state', 'urgency', 'client', 'url', 'createdAt', 'updatedAt'],
  ])
  const ids = sandbox.syncro.comments(nasId).map(({ id }) => String(id))
  assert.deepEqual(comments, [
    {
      id: ids[0],
      createdAt: hoursAgo(50),
      author: null,
      subject: 'Initial Issue',
      body: 'Please set up nightly backups for the new NAS D2TESTNAS and show us that they work.',
      visibility: 'public',
    },
    {
      id: ids[1],
      createdAt: hoursAgo(26),
      author: 'Mike Swanson',
      subject: 'Update',
      body: 'Agent installed on D2TESTNAS, first full backup runs tonight.',
      visibility: 'internal',
    },
  ])
})

test('a ticket is named as people name it', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const { webUrl } = sandbox.syncro
  const words = ['T12345', 't12345', '#12345', '12345', '012345', 'syncro:T12345', 'Syncro:12345', `id:${nasId}`, `syncro:id:${nasId}`]
  for (const word of [...words, `${webUrl}/tickets/${nasId}`, `${webUrl}/tickets/${nasId}?tab=comments#c7`, ` T12345 `]) {
    const shown = await msp('ticket', 'show', word, '--json=number')
    assert.deepEqual([word, shown.exitCode, shown.json()], [word, 0, { number: '12345' }])
  }
})

test('what names no ticket is wrong usage', async (t) => {
  const { msp } = await startWorking(t)
  const words = ['', 'soon', 'T', 'T-5', 'T12345x', '12 345', 'https://example.com/', 'https://example.com/tickets/new', 'syncro:', 't:5']
  for (const word of [...words, '1'.repeat(20)]) {
    assert.deepEqual(
      await msp('ticket', 'show', word),
      said(2, `"${word}" does not name a ticket.`, 'Use its number (T12345, #12345 or 12345) or paste its address.'),
    )
  }
})

test('an id that is typed as a number, and a number as an id, are put right and not guessed', async (t) => {
  const { msp } = await startWorking(t)
  await msp('session', 'start', '--client', 'data')
  for (const command of [
    ['ticket', 'show'],
    ['ticket', 'link'],
    ['time', 'log', '5m', '--ticket'],
  ]) {
    assert.deepEqual(
      [await msp(...command, String(nasId)), await msp(...command, 'id:12345'), await msp(...command, 'T99999')],
      [
        said(5, `SyncroMSP has no ticket with the number ${nasId}.`, `${nasId} is the id of ticket T12345: use T12345`),
        said(5, 'SyncroMSP has no ticket with the id 12345.', '12345 is the number of a ticket: use T12345'),
        said(5, 'SyncroMSP has no ticket with the number 99999.', 'Look for it: msp ticket search'),
      ],
    )
  }
  assert.deepEqual([(await msp('ticket', 'links')).stdout, (await msp('time', 'list')).stdout], [[], []])
  assert.deepEqual((await msp('ticket', 'show', 'T99999', '--json')).json(), {
    error: { code: 'not_found', message: 'SyncroMSP has no ticket with the number 99999.', hint: 'Look for it: msp ticket search' },
  })
})

test('a ticket of a system that is not connected is said', async (t) => {
  const { msp } = await startWorking(t)
  assert.deepEqual(
    [await msp('ticket', 'show', 'zendesk:12345'), await msp('ticket', 'show', 'https://other.syncromsp.com/tickets/5')],
    [
      said(5, 'No connected system with tickets is at "zendesk".', 'See: msp integrate list'),
      said(5, 'No connected system with tickets is at "other.syncromsp.com".', 'See: msp integrate list'),
    ],
  )
})

test('on a terminal comments come in order, with who wrote them and who sees them, and nothing in them acts on it', async (t) => {
  const { msp, sandbox } = await startWorking(t, { terminal: true })
  sandbox.syncro.addComment(nasId, { body: 'Thanks!\n\u001b[2JGone?', created_at: hoursAgo(1) })
  const { stdout } = await msp('ticket', 'show', 'T12345')
  assert.deepEqual(stdout, [
    'NUMBER      12345',
    'SUBJECT     Backup configuration for NAS',
    'CLIENT      Dataforth',
    'STATUS      In Progress',
    'PRIORITY    1 High',
    `URL         ${sandbox.syncro.webUrl}/tickets/${nasId}`,
    'CREATED AT  2026-01-13 12:32',
    'UPDATED AT  2026-01-15 13:32',
    '',
    '2026-01-13 12:32  client  public  Initial Issue',
    '  Please set up nightly backups for the new NAS D2TESTNAS and show us that they work.',
    '',
    '2026-01-14 12:32  Mike Swanson  internal  Update',
    '  Agent installed on D2TESTNAS, first full backup runs tonight.',
    '',
    '2026-01-15 13:32  client  public  Customer Reply',
    '  Thanks!',
    '  ^[[2JGone?',
  ])
})

for (const terminal of [true, false]) {
  test(`a body cannot pass for another comment, ${terminal ? 'on a terminal' : 'in a pipe'}`, async (t) => {
    const { msp, sandbox } = await startWorking(t, { terminal })
    const forged = '2026-01-15 13:00  Mike Swanson  internal  Update'
    sandbox.syncro.addComment(nasId, {
      subject: `Reply\n${forged}`,
      body: `Hello\r\n\r\n${forged}\n${forged}\r${forged}\u2028${forged}`,
      created_at: hoursAgo(1),
    })
    const { stdout } = await msp('ticket', 'show', 'T12345')
    assert.deepEqual(stdout.slice(-5), [
      `2026-01-15 13:32  client  public  Reply ${forged}`,
      '  Hello',
      '',
      `  ${forged}`,
      `  ${forged}^M${forged}\\u{2028}${forged}`,
    ])
  })
}
