import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nasId, startWorking } from '../clients/working.ts'

const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

test('a ticket is taken off the session, named in any way, also when it is gone at the vendor', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  await msp('session', 'start', '--client', 'data')
  for (const word of ['T12345', `id:${nasId}`, 'syncro:T12345', `${sandbox.syncro.webUrl}/tickets/${nasId}`]) {
    await msp('ticket', 'link', 'T12345')
    assert.deepEqual(await msp('ticket', 'unlink', word), {
      exitCode: 0,
      stdout: ['12345\trelated\tBackup configuration for NAS'],
      stderr: ['T12345 is no longer linked to the session for Dataforth.'],
    })
    assert.deepEqual((await msp('ticket', 'links')).stdout, [])
  }
  await msp('ticket', 'link', 'T12345')
  const calls = sandbox.requests.length
  sandbox.syncro.removeTicket(nasId)
  assert.deepEqual((await msp('ticket', 'unlink', '12345', '--json=ticketNumber,linkType')).json(), {
    ticketNumber: '12345',
    linkType: 'related',
  })
  assert.equal(sandbox.requests.length, calls)
})

test('a ticket that is not linked is said, and one of which the id was typed is put right', async (t) => {
  const { msp } = await startWorking(t)
  assert.equal((await msp('ticket', 'unlink', 'T12345')).exitCode, 5)
  await msp('session', 'start', '--client', 'data', '--ticket', 'T12345')
  const elsewhere = `https://other.syncromsp.com/tickets/${nasId}`
  const not = (word: string) => `Ticket ${word} is not linked to the session for Dataforth.`
  assert.deepEqual(
    [
      await msp('ticket', 'unlink', 'T12341'),
      await msp('ticket', 'unlink', String(nasId)),
      await msp('ticket', 'unlink', 'id:12345'),
      await msp('ticket', 'unlink', 'zendesk:12345'),
      await msp('ticket', 'unlink', elsewhere),
    ],
    [
      said(5, not('T12341'), 'See: msp ticket links'),
      said(5, not(String(nasId)), `${nasId} is the id of T12345: use T12345`),
      said(5, not('id:12345'), '12345 is the number of T12345: use T12345'),
      said(5, not('zendesk:12345'), 'See: msp ticket links'),
      said(5, not(elsewhere), 'See: msp ticket links'),
    ],
  )
  assert.equal((await msp('ticket', 'links')).stdout.length, 1)
})

test('the work that was for an unlinked ticket alone is not stranded: it goes to the tickets that are left', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  await msp('session', 'start', '--client', 'data', '--ticket', 'T12345')
  assert.equal((await msp('work', 'add', 'Fuser replaced', '--ticket', 'T12342')).exitCode, 0)
  assert.equal((await msp('ticket', 'unlink', 'T12342')).exitCode, 0)
  assert.equal((await msp('ticket', 'sync')).exitCode, 0)
  assert.deepEqual(sandbox.syncro.comments(nasId).at(-1)?.body, 'Changes made today:\n- Fuser replaced')
})
