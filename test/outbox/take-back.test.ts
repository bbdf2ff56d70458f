import assert from 'node:assert/strict'
import { newId } from '../../src/db/id.ts'
import { addWrite, requireWrite } from '../../src/outbox/store.ts'
import { prepareRemoval } from '../../src/outbox/take-back.ts'
import { openTestVault } from '../oauth/start.ts'
import { eachEngine } from '../support/engines.ts'

eachEngine('what can be taken back is for the vendor to say, and its sentence is the one that is shown', async (db) => {
  const id = newId()
  const place = { integration: 'zendesk', owner: '', ticketId: '7', ticketNumber: '1001', vendorId: '55' }
  await addWrite(db, { id, ...place, kind: 'comment', state: 'done', createdBy: 'mike@example.com' }, async () => {})
  const row = await requireWrite(db, id)
  const prepare = (no?: { message: string; hint: string }) =>
    prepareRemoval({ db, vault: openTestVault() }, row, {
      target: { id: 'zendesk', label: 'Zendesk', baseUrl: '', channels: {}, owner: '' },
      removal: { noCallFor: () => no },
    })
  const { words, write } = await prepare()
  assert.deepEqual(
    [words, write.content],
    [
      'Delete the comment (55) from T1001 at Zendesk',
      { ticketId: '7', ticketNumber: '1001', vendorId: '55', writeId: id, what: 'comment', timeWriteId: null },
    ],
  )
  const message = `${row.shortId} is delivered. Zendesk deletes nothing.`
  const hint = 'Hide it on T1001.'
  await assert.rejects(prepare({ message: 'Zendesk deletes nothing.', hint }), { code: 'unsupported', message, hint })
})
