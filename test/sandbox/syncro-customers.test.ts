import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idsIn, start } from './start.ts'

for (const [request, found] of [
  ['GET customers', [1, 2, 3]],
  ['GET customers?query=bell', [3]],
  ['GET customers?query=FORTH', [1]],
  ['GET customers?query=office%40bell', [3]],
  ['GET customers?query=nobody', []],
  ['GET customers?business_name=grabb', [2]],
  ['GET customers?firstname=front&lastname=desk', [1, 2, 3]],
  ['GET customers?email=bell', [3]],
  ['GET customers?id[]=1&id[]=3', [1, 3]],
  ['GET customers?not_id[]=1', [2, 3]],
  ['GET customers?sort=business_name%20ASC', [1, 2, 3]],
  ['GET customers/autocomplete?query=du', [2]],
] as const) {
  test(`${request} finds ${found.join(', ') || 'nobody'}`, async (t) => {
    const { sandbox, syncro } = await start(t)
    sandbox.syncro.addCustomer({ id: 1, name: 'Dataforth' })
    sandbox.syncro.addCustomer({ id: 2, name: 'Grabb & Durando', email: 'luis@grabb.example' })
    sandbox.syncro.addCustomer({ id: 3, name: 'Bell & Sons' })
    assert.deepEqual([idsIn(await syncro(request), 'customers'), sandbox.unknownRequests()], [found, []])
  })
}

test('customers come in pages of 100 with every figure in meta; the name search has no meta', async (t) => {
  const { sandbox, syncro } = await start(t)
  for (let id = 1; id <= 101; id++) sandbox.syncro.addCustomer({ id, name: `Client ${id}` })
  const second = await syncro('GET customers?page=2')
  assert.deepEqual(
    [idsIn(second, 'customers'), (second.body as { meta: unknown }).meta],
    [[101], { total_pages: 2, page: 2, total_entries: 101, per_page: 100 }],
  )
  assert.deepEqual(Object.keys((await syncro('GET customers/autocomplete?query=client')).body as object), ['customers'])
})

test('disabled customers are left out unless asked for', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.addCustomer({ id: 1, name: 'Dataforth' }).disabled = true
  assert.deepEqual(
    [idsIn(await syncro('GET customers'), 'customers'), idsIn(await syncro('GET customers?include_disabled=true'), 'customers')],
    [[], [1]],
  )
})

test('one customer has its contacts, and a link that is a secret', async (t) => {
  const { sandbox, syncro } = await start(t, { seed: 'demo' })
  const { customer } = (await syncro('GET customers/34288070')).body as {
    customer: Record<string, unknown> & { contacts: Array<{ name: string }> }
  }
  assert.deepEqual(
    [customer.business_then_name, customer.contacts.map(({ name }) => name), customer.online_profile_url],
    ['Dataforth', ['Dana Whitfield'], 'https://sandbox.syncromsp.example/my_profile/v2/index?portal_key=sandbox-portal-key-34288070'],
  )
  const { contacts, meta } = (await syncro('GET contacts?customer_id=34288072')).body as {
    contacts: Array<{ name: string }>
    meta: unknown
  }
  assert.deepEqual(
    [contacts.map(({ name }) => name), meta],
    [['Harriet Bell'], { total_pages: 1, page: 1, total_entries: 1, per_page: 50 }],
  )
  assert.deepEqual(sandbox.unknownRequests(), [])
})

test('assets come under the key assets, with their health flags as text', async (t) => {
  const { syncro } = await start(t, { seed: 'demo' })
  const { assets, meta } = (await syncro('GET customer_assets?customer_id=34288071')).body as {
    assets: Array<{ name: string; asset_serial: string; rmm_store: { triggers: Record<string, string> } }>
    meta: unknown
  }
  assert.deepEqual(
    [assets.map(({ name, asset_serial, rmm_store }) => [name, asset_serial, rmm_store.triggers.agent_offline_triggered]), meta],
    [[['GD-FS01', 'SANDBOX-GD-FS01', 'false']], { total_pages: 1, page: 1 }],
  )
})

test('there are no alerts, and there are labor products', async (t) => {
  const { syncro } = await start(t)
  assert.deepEqual(await syncro('GET rmm_alerts?status=all'), { status: 200, body: { rmm_alerts: [], meta: { total_pages: 1, page: 1 } } })
  assert.deepEqual(idsIn(await syncro('GET products?query=labor'), 'products'), [26301, 26302, 26303])
})
