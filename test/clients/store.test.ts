import assert from 'node:assert/strict'
import { addClient, findClient } from '../../src/clients/find.ts'
import { mapClient, unmapClient } from '../../src/clients/mapping.ts'
import { findMappedClient, insertClient, listAssetNames, listClients, listMappings } from '../../src/clients/store.ts'
import { isDuplicate } from '../../src/db/dialect.ts'
import { newId } from '../../src/db/id.ts'
import { eachEngine } from '../support/engines.ts'

const place = { integration: 'syncro', label: 'SyncroMSP', directory: { search: async () => [], get: async () => undefined } }

eachEngine('clients come in the order of their names, whatever their case and accents', async (db) => {
  for (const name of ['Ökohaus', 'Grabb & Durando', ' dataforth ']) await addClient(db, name)
  assert.deepEqual(
    (await listClients(db)).map(({ name, nameKey }) => [name, nameKey]),
    [
      ['dataforth', 'dataforth'],
      ['Grabb & Durando', 'grabb & durando'],
      ['Ökohaus', 'okohaus'],
    ],
  )
})

eachEngine('the same name in other letters is the same client, also for two at once', async (db) => {
  await addClient(db, 'Grabb & Durando')
  await assert.rejects(addClient(db, 'GRABB  &  dürando'), {
    code: 'usage',
    message: 'There is a client of this name already: Grabb & Durando.',
    hint: "See: msp client show 'Grabb & Durando'",
  })
  await assert.rejects(insertClient(db, 'grabb & durando'), isDuplicate)
})

eachEngine('a command in a hint holds a name in a way that no shell runs any of it', async (db) => {
  await assert.rejects(findClient(db, '$(rm -rf ~) `id` "x"'), {
    hint: `See them: msp client list · add it: msp client add '$(rm -rf ~) \`id\` "x"'`,
  })
  await assert.rejects(findClient(db, "O'Brien"), { hint: `See them: msp client list · add it: msp client add 'O'\\''Brien'` })
})

eachEngine('a client is found by its name, or by a part that only one has', async (db) => {
  for (const name of ['Bell', 'Bell & Sons', 'Bell Tower', 'Dataforth']) await addClient(db, name)
  const found = async (words: string) => (await findClient(db, words)).name
  assert.deepEqual(
    [await found('bell'), await found(' BELL '), await found('sons'), await found('tower'), await found('DATA')],
    ['Bell', 'Bell', 'Bell & Sons', 'Bell Tower', 'Dataforth'],
  )
  await assert.rejects(findClient(db, 'bel'), {
    code: 'ambiguous',
    message: '"bel" fits 3 clients: Bell · Bell & Sons · Bell Tower.',
    hint: 'Give more of the name.',
  })
  for (const words of ['acme', '', '---'])
    await assert.rejects(findClient(db, words), { code: 'not_found', message: `There is no client "${words}".` })
})

eachEngine('of many matches ten are listed', async (db) => {
  for (let number = 10; number < 22; number++) await addClient(db, `Branch ${number}`)
  const names = Array.from({ length: 10 }, (_, index) => `Branch ${index + 10}`).join(' · ')
  await assert.rejects(findClient(db, 'branch'), { message: `"branch" fits 12 clients: ${names} · ….` })
})

eachEngine("a vendor's client stands for one of ours; mapped again it is one row with the new name", async (db) => {
  const [bell, data] = [await addClient(db, 'Bell'), await addClient(db, 'Dataforth')]
  await mapClient(db, bell, place, { id: '7', name: 'Bell & Sons' })
  await mapClient(db, bell, place, { id: '7', name: 'Bell and Sons' })
  assert.deepEqual(
    (await listMappings(db)).map(({ createdAt: _, ...rest }) => rest),
    [{ integration: 'syncro', vendorClientId: '7', clientId: bell.id, vendorName: 'Bell and Sons', state: 'ok' }],
  )
  assert.deepEqual([(await findMappedClient(db, 'syncro', '7'))?.id, await findMappedClient(db, 'syncro', '8')], [bell.id, undefined])
  await assert.rejects(mapClient(db, data, place, { id: '7', name: 'Bell and Sons' }), {
    code: 'client_mismatch',
    message: 'Bell and Sons (syncro=7) at SyncroMSP is mapped to Bell already.',
    hint: 'If that is wrong: msp client map Bell syncro=7 --remove',
  })
  assert.equal((await findMappedClient(db, 'syncro', '7'))?.id, bell.id)
})

eachEngine('a mapping that is undone is gone, and only that one', async (db) => {
  const bell = await addClient(db, 'Bell')
  for (const id of ['7', '8']) await mapClient(db, bell, place, { id, name: `Bell ${id}` })
  assert.equal((await unmapClient(db, bell, 'syncro', '7')).vendorName, 'Bell 7')
  assert.deepEqual(
    (await listMappings(db, bell.id)).map(({ vendorClientId }) => vendorClientId),
    ['8'],
  )
  await assert.rejects(unmapClient(db, bell, 'syncro', '7'), { code: 'not_found', message: 'Bell is not mapped to syncro=7.' })
})

eachEngine('a name is too long when it or what it is compared as is', async (db) => {
  const tooLong = { code: 'usage', message: 'The name of a client has 255 characters at most.' }
  await assert.rejects(addClient(db, 'x'.repeat(256)), tooLong)
  await assert.rejects(addClient(db, 'ﷺ'.repeat(20)), tooLong)
  await assert.rejects(addClient(db, ' - '), { code: 'usage', message: 'A client needs a name.' })
  assert.equal((await addClient(db, 'x'.repeat(255))).name.length, 255)
})

eachEngine("the names of a client's assets are each there once, in order, and none of another's", async (db) => {
  const [own, other] = [await insertClient(db, 'Dataforth'), await insertClient(db, 'Bell')]
  for (const [clientId, name] of [
    [own.id, 'D2TESTNAS'],
    [own.id, 'AD1'],
    [own.id, 'D2TESTNAS'],
    [other.id, 'BELL-PC01'],
    [null, 'UPS'],
  ] as const)
    await db
      .insertInto('infrastructure')
      .values({ id: newId(), clientId, name, kind: null, integration: null, vendorId: null, state: null })
      .execute()
  assert.deepEqual(await listAssetNames(db, own.id), ['AD1', 'D2TESTNAS'])
})
