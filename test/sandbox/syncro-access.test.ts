import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Door, type Reply, send, start } from './start.ts'

const notAuthenticated = { status: 401, body: { error: 'Not authenticated' } }
const notAuthorized = { status: 401, body: { error: 'Not authorized. Please ask account admin to update your group permissions.' } }

test('without a known Bearer token nothing is answered, not even with the token in the query', async (t) => {
  const { sandbox } = await start(t)
  const { apiUrl, token } = sandbox.syncro
  assert.deepEqual(
    [
      await send(apiUrl, 'GET me'),
      await send(apiUrl, 'GET me', undefined, { authorization: 'Bearer wrong' }),
      await send(apiUrl, 'GET me', undefined, { authorization: token }),
      await send(apiUrl, `GET me?api_key=${token}`),
      await send(apiUrl, 'GET no/such/route'),
    ],
    Array.from({ length: 5 }, () => notAuthenticated),
  )
  assert.deepEqual(sandbox.unknownRequests(), ['syncro GET me?api_key', 'syncro GET no/such/route'])
})

test('a revoked token is refused from then on', async (t) => {
  const { sandbox, syncro } = await start(t)
  const before = await syncro('GET users')
  sandbox.syncro.revokeToken(sandbox.syncro.token)
  assert.deepEqual([before.status, await syncro('GET users')], [200, notAuthenticated])
})

/** Asks with a token that has these permissions only. */
async function withPermissions(syncro: Door, token: string, requests: string[]): Promise<Reply[]> {
  const body = { subject: 'Note', body: 'Text' }
  const replies: Reply[] = []
  for (const request of requests) {
    replies.push(await syncro(request, request.startsWith('GET') ? undefined : body, { authorization: `Bearer ${token}` }))
  }
  return replies
}

test('a token without the permission gets the words that a bad group gets', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.addTickets({ id: 7 })
  sandbox.syncro.addToken('reader', { permissions: ['Tickets - List/Search'] })
  const replies = await withPermissions(syncro, 'reader', [
    'GET tickets',
    'GET me',
    'GET users',
    'GET settings',
    'GET tickets/settings',
    'GET customers/autocomplete',
    'GET tickets/7',
    'GET tickets/7/comments',
    'POST tickets/7/comment',
    'POST tickets/7/timer_entry',
    'GET ticket_timers',
    'GET customers',
    'GET customers/1',
    'GET contacts',
    'GET customer_assets',
    'GET rmm_alerts',
    'GET products',
  ])
  assert.deepEqual(
    replies.slice(0, 6).map(({ status }) => status),
    [200, 200, 200, 200, 200, 200],
  )
  assert.deepEqual(
    replies.slice(6),
    Array.from({ length: 11 }, () => notAuthorized),
  )
  assert.deepEqual(sandbox.syncro.comments(7), [])
})

test('a token that may edit timers but not see them can only set billable', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.addTickets({ id: 7 })
  const { id } = sandbox.syncro.addTimer({ ticket_id: 7, start_time: '2026-04-01T10:00:00Z', end_time: '2026-04-01T11:00:00Z' })
  sandbox.syncro.addToken('billing', { permissions: ['Ticket Timers - Edit'] })
  const replies = await withPermissions(syncro, 'billing', [
    'GET ticket_timers',
    'POST tickets/7/charge_timer_entry',
    `PATCH ticket_timers/${id}?billable=false`,
  ])
  assert.deepEqual(
    replies.map(({ status }) => status),
    [401, 401, 200],
  )
})

test("the permission for one's own tickets opens no other ticket", async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.addToken('own', { userId: 1800, permissions: ["Tickets - View 'Their Ticket' Details (assigned to them)"] })
  sandbox.syncro.addTickets({ id: 7, user_id: 1800 }, { id: 8, user_id: 1735 })
  const replies = await withPermissions(syncro, 'own', ['GET tickets/7', 'GET tickets/8', 'GET tickets/9'])
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 401, 401],
  )
})

test('a permission that the vendor does not have is a mistake in the test', async (t) => {
  const { sandbox } = await start(t)
  assert.throws(() => sandbox.syncro.addToken('reader', { permissions: ['Tickets - Read'] }), /no permission "Tickets - Read"/)
})

test('/me describes the user and not the token, and gives a secret away', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.addToken('nothing', { permissions: [] })
  const all = { read: true, write: true, delete: true }
  const me = {
    user_token: sandbox.syncro.userToken,
    user_email: 'mike@example.com',
    user_name: 'Mike Swanson',
    user_id: 1735,
    admin: true,
    can_use_app: true,
    two_factor_required: false,
    subdomain: 'sandbox',
    default_location: null,
    enable_multi_locations: false,
    locations_allowed: [],
    permissions: {
      asset: all,
      customer: all,
      ticket: all,
      invoice: all,
      payment: all,
      worksheet: { add: true, manage: true, delete: true },
      script: { execute: true },
    },
  }
  assert.deepEqual(await syncro('GET me'), { status: 200, body: me })
  assert.deepEqual(await syncro('GET me', undefined, { authorization: 'Bearer nothing' }), { status: 200, body: me })
})

test('users come as pairs, one user as an object, an unknown one as 404', async (t) => {
  const { sandbox, syncro } = await start(t, { now: () => new Date('2026-04-01T14:00:00Z') })
  sandbox.syncro.addToken('other', { userId: 1800 })
  const at = '2026-04-01T14:00:00.000Z'
  assert.deepEqual(
    [await syncro('GET users'), await syncro('GET users/1735'), await syncro('GET users/5')],
    [
      {
        status: 200,
        body: {
          users: [
            [1735, 'Mike Swanson'],
            [1800, 'Technician 1800'],
          ],
        },
      },
      {
        status: 200,
        body: {
          user: {
            id: 1735,
            email: 'mike@example.com',
            full_name: 'Mike Swanson',
            created_at: at,
            updated_at: at,
            group: 'Admins',
            admin: true,
            color: '1e3e96',
          },
        },
      },
      { status: 404, body: { message: 'Not found' } },
    ],
  )
})

test('the settings name the words of the account, one of them its own', async (t) => {
  const { syncro } = await start(t)
  const ticketSettings = (await syncro('GET tickets/settings')).body as Record<string, unknown>
  const settings = (await syncro('GET settings')).body as Record<'ticket' | 'locale', Record<string, unknown>>
  assert.deepEqual(
    [
      ticketSettings.ticket_status_list,
      ticketSettings.users,
      ticketSettings.default_labor_product_id,
      settings.ticket.priorities,
      settings.locale.time_zone,
    ],
    [
      [
        'New',
        'In Progress',
        'Resolved',
        'Invoiced',
        'Waiting for Parts',
        'Waiting on Customer',
        'Scheduled',
        'Customer Reply',
        'Closed - No Response',
      ],
      [{ id: 1735, name: 'Mike Swanson' }],
      26301,
      ['', '0 Urgent', '1 High', '2 Normal', '3 Low'],
      'America/Phoenix',
    ],
  )
})
