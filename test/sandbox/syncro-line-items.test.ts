import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start, stoppedClock } from './start.ts'

const at = '2026-04-01T14:00:00.000Z'
const named = { name: 'Remote labor', description: 'NAS' }

test('a line that is added comes back bare, with its quantity as text', async (t) => {
  const { sandbox, syncro } = await start(t, { now: stoppedClock(at).now })
  sandbox.syncro.addTickets({ id: 7 })
  const reply = await syncro('POST tickets/7/add_line_item', { ...named, product_id: 26301, quantity: 2, price_retail: 150 })
  const [line] = sandbox.syncro.lineItems(7)
  assert.deepEqual([reply.status, reply.body], [200, line])
  const { id: _, ...shown } = line ?? { id: 0 }
  assert.deepEqual(shown, {
    ...{ ticket_id: 7, user_id: 1735, product_id: 26301, ...named, quantity: '2.0', product_category: 'Labor', upc_code: null },
    ...{ taxable: false, cost_cents: 0, retail_cents: 15000, price_cost: 0, price_retail: 150, created_at: at, updated_at: at },
    ...{ converted: false, item_id: null, position: 1, estimate_line_item_id: null, old_price: null, line_discount_percent: null },
    ...{ discount_dollars: null, original_ticket_line_item_id: null },
  })
})

for (const [fields, errors] of [
  [{}, "Name can't be blank, Description can't be blank"],
  [{ product_id: 26301, name: 'Labor' }, "Description can't be blank"],
] as const) {
  test(`a line with ${JSON.stringify(fields)} is refused`, async (t) => {
    const { sandbox, syncro } = await start(t)
    sandbox.syncro.addTickets({ id: 7 })
    assert.deepEqual(await syncro('POST tickets/7/add_line_item', fields), { status: 422, body: { errors, params: {} } })
    assert.deepEqual(sandbox.syncro.lineItems(7), [])
  })
}

test('a line is removed from its own ticket only', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.addTickets({ id: 7 }, { id: 8 })
  await syncro('POST tickets/7/add_line_item', named)
  const remove = (ticket: number) =>
    syncro(`POST tickets/${ticket}/remove_line_item`, { ticket_line_item_id: sandbox.syncro.lineItems(7)[0]?.id ?? 0 })
  assert.deepEqual([(await remove(8)).status, sandbox.syncro.lineItems(7).length], [404, 1])
  assert.deepEqual([await remove(7), sandbox.syncro.lineItems(7)], [{ status: 200, body: { success: true, message: '' } }, []])
})

for (const [minimum, step, quantity] of [
  [0, 1, '0.17'],
  [0, 15, '0.25'],
  [30, 15, '0.5'],
] as const) {
  test(`ten minutes where at least ${minimum} minutes are billed in steps of ${step} are a line of ${quantity} hours`, async (t) => {
    const { sandbox, syncro } = await start(t)
    sandbox.syncro.addTickets({ id: 7 })
    sandbox.syncro.laborRounding = { minimum, step }
    const { id } = sandbox.syncro.addTimer({ ticket_id: 7, start_time: '2026-04-01T10:00:00Z', end_time: '2026-04-01T10:10:00Z' })
    await syncro('POST tickets/7/charge_timer_entry', { timer_entry_id: id })
    assert.deepEqual(
      sandbox.syncro.lineItems(7).map((line) => line.quantity),
      [quantity],
    )
  })
}

test('a product is read by its id', async (t) => {
  const { syncro } = await start(t)
  const { body } = await syncro('GET products/26302')
  assert.deepEqual(
    [(body as { product: { price_retail: number } }).product.price_retail, (await syncro('GET products/1')).status],
    [175, 404],
  )
})
