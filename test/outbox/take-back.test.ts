import assert from 'node:assert/strict'
import { newId } from '../../src/db/id.ts'
import type { Target } from '../../src/outbox/outbox.ts'
import { addWrite, requireWrite } from '../../src/outbox/store.ts'
import { prepareRemoval } from '../../src/outbox/take-back.ts'
import { openTestVault } from '../oauth/start.ts'
import { eachEngine } from '../support/engines.ts'

eachEngine('what can be taken back is for the vendor to say, and its sentence is the one that is shown', async (db) => {
  const id = newId()
  const place = { integration: 'zendesk', owner: '', ticketId: '7', ticketNumber: '1001', vendorId: '55' }
  await addWrite(db, { id, ...place, kind: 'comment', state: 'done', createdBy: 'mike@example.com' }, async () => {})
  const row = await requireWrite(db, id)
  const prepare = (noCallFor: Target['noCallFor']) =>
    prepareRemoval({ db, vault: openTestVault() }, row, {
      ...{ id: 'zendesk', label: 'Zendesk', baseUrl: '', channels: {}, owner: '', noCallFor },
    })
  const { words, write } = await prepare(() => undefined)
  assert.deepEqual(
    [words, write.content],
    [
      'Delete the comment (55) from T1001 at Zendesk',
      { ticketId: '7', ticketNumber: '1001', vendorId: '55', writeId: id, what: 'comment', timeWriteId: null },
    ],
  )
  const no = { message: 'Zendesk deletes nothing.', hint: 'Hide it on T1001.' }
  for (const [noCallFor, message, hint] of [
    [() => no, no.message, no.hint],
    [undefined, 'Zendesk has no call that takes it back.', 'A person can look after it in Zendesk, on T1001.'],
  ] as const) {
    await assert.rejects(prepare(noCallFor), { code: 'unsupported', message: `${row.shortId} is delivered. ${message}`, hint })
  }
})
