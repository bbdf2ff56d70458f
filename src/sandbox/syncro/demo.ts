import { addComment, addCustomer, addTicket, type NewTicket } from './records.ts'
import { addUser, nextId, type SyncroState, technicianId } from './state.ts'

const hour = 3_600_000
const dataforth = 'Dataforth'
const grabb = 'Grabb & Durando'
const bell = 'Bell & Sons'
const colleagueId = 1736
const nasTicket = { id: 108443837, number: 12345 }

/** A small MSP on an ordinary day; every time is so many hours before now. */
export function seedSyncro(state: SyncroState): void {
  addUser(state, colleagueId, 'Rosa Delgado', 'rosa@example.com')
  addCustomer(state, { id: 34288070, name: dataforth, email: 'helpdesk@dataforth.example' })
  addCustomer(state, { id: 34288071, name: grabb, email: 'office@grabb-durando.example' })
  addCustomer(state, { id: 34288072, name: bell, email: 'front.desk@bell-and-sons.example' })
  addContacts(state)
  addAssets(state)
  for (const { openedHoursAgo, comments = [], ...ticket } of tickets) {
    const created_at = hoursAgo(state, openedHoursAgo)
    const { id } = addTicket(state, { id: nasTicket.id + 17 * (ticket.number - nasTicket.number), created_at, ...ticket })
    for (const [commentHoursAgo, comment] of comments) addComment(state, id, { ...comment, created_at: hoursAgo(state, commentHoursAgo) })
    settle(state, id)
  }
}

/** A ticket that is done was done with its last comment. */
function settle(state: SyncroState, id: number): void {
  const ticket = state.tickets.get(id)
  if (ticket?.resolved_at) ticket.resolved_at = ticket.updated_at
}

const hoursAgo = (state: SyncroState, hours: number) => new Date(state.now().getTime() - hours * hour).toISOString()

function addContacts(state: SyncroState): void {
  const at = state.now().toISOString()
  const people = [
    [34288070, 'Dana Whitfield', 'dana.whitfield@dataforth.example'],
    [34288071, 'Luis Durando', 'luis@grabb-durando.example'],
    [34288072, 'Harriet Bell', 'harriet@bell-and-sons.example'],
  ] as const
  for (const [customer_id, name, email] of people) {
    state.contacts.push({ id: nextId(state), customer_id, name, email, phone: null, created_at: at, updated_at: at })
  }
}

function addAssets(state: SyncroState): void {
  const at = state.now().toISOString()
  const machines = [
    [34288070, 'AD1', 'Server'],
    [34288070, 'AD2', 'Server'],
    [34288070, 'D2TESTNAS', 'Storage'],
    [34288070, 'DF-SQL01', 'Server'],
    [34288070, 'DF-HV01', 'Server'],
    [34288071, 'GD-FS01', 'Server'],
    [34288072, 'BELL-PC01', 'Workstation'],
  ] as const
  for (const [customer_id, name, asset_type] of machines) {
    state.assets.push({ id: nextId(state), customer_id, name, asset_type, asset_serial: `SANDBOX-${name}`, created_at: at, updated_at: at })
  }
}

type DemoComment = { subject: string; body: string; tech?: string; hidden?: boolean; user_id?: number }
type DemoTicket = NewTicket & { number: number; openedHoursAgo: number; comments?: Array<[hoursAgo: number, comment: DemoComment]> }

const byMike = { tech: 'Mike Swanson', user_id: technicianId }
const byRosa = { tech: 'Rosa Delgado', user_id: colleagueId }

const tickets: DemoTicket[] = [
  {
    ...nasTicket,
    client: dataforth,
    subject: 'Backup configuration for NAS',
    status: 'In Progress',
    priority: '1 High',
    problem_type: 'Software',
    openedHoursAgo: 50,
    comments: [
      [50, { subject: 'Initial Issue', body: 'Please set up nightly backups for the new NAS D2TESTNAS and show us that they work.' }],
      [26, { subject: 'Update', body: 'Agent installed on D2TESTNAS, first full backup runs tonight.', hidden: true, ...byMike }],
    ],
  },
  {
    number: 12338,
    client: dataforth,
    subject: 'Server room temperature alarm',
    status: 'Resolved',
    priority: '0 Urgent',
    problem_type: 'Hardware',
    openedHoursAgo: 290,
    comments: [
      [290, { subject: 'Initial Issue', body: 'The alarm went off at six in the morning.' }],
      [
        280,
        {
          subject: 'Update',
          body: 'Fan replaced. The nightly backups of AD1 and AD2 ran late and finished without errors.',
          hidden: true,
          ...byMike,
        },
      ],
    ],
  },
  {
    number: 12342,
    client: dataforth,
    subject: 'New laptop for the shipping desk',
    status: 'Waiting for Parts',
    priority: '3 Low',
    problem_type: 'Hardware',
    user_id: colleagueId,
    openedHoursAgo: 98,
    comments: [[98, { subject: 'Initial Issue', body: 'Same model as the one in receiving, please.' }]],
  },
  {
    number: 12341,
    client: dataforth,
    subject: 'VPN drops every afternoon',
    status: 'Waiting on Customer',
    priority: '1 High',
    openedHoursAgo: 122,
  },
  {
    number: 12330,
    client: dataforth,
    subject: 'Quarterly patch window for servers',
    status: 'Scheduled',
    problem_type: 'Software',
    openedHoursAgo: 340,
  },
  {
    number: 12290,
    client: dataforth,
    subject: 'Old phone system still listed',
    status: 'Closed - No Response',
    priority: '3 Low',
    openedHoursAgo: 900,
  },
  {
    number: 12348,
    client: grabb,
    subject: 'Printer offline at the front desk',
    status: 'New',
    problem_type: 'Hardware',
    user_id: null,
    openedHoursAgo: 3,
    comments: [[3, { subject: 'Initial Issue', body: 'The front desk printer shows offline since this morning.' }]],
  },
  {
    number: 12346,
    client: grabb,
    subject: 'Backup failed on GD-FS01',
    status: 'In Progress',
    priority: '1 High',
    problem_type: 'Software',
    openedHoursAgo: 30,
    comments: [
      [30, { subject: 'Initial Issue', body: 'The nightly plan ended with an error: the storage is full.' }],
      [5, { subject: 'Customer Reply', body: 'Can we delete the old case files first?' }],
    ],
  },
  {
    number: 12343,
    client: grabb,
    subject: 'Outlook asks for the password again',
    status: 'Customer Reply',
    user_id: colleagueId,
    openedHoursAgo: 75,
  },
  {
    number: 12312,
    client: grabb,
    subject: 'Scanner profile for new paralegal',
    status: 'Invoiced',
    priority: '3 Low',
    openedHoursAgo: 620,
  },
  {
    number: 12344,
    client: bell,
    subject: 'Suspicious mail reported by Harriet',
    status: 'Resolved',
    priority: '0 Urgent',
    problem_type: 'Virus',
    openedHoursAgo: 52,
    comments: [
      [52, { subject: 'Initial Issue', body: 'Harriet clicked a link and closed the page at once.' }],
      [49, { subject: 'Update', body: 'Password changed, sessions ended, nothing found on BELL-PC01.', ...byRosa }],
    ],
  },
  {
    number: 12347,
    client: bell,
    subject: 'Wi-Fi is slow in the workshop',
    status: 'New',
    user_id: null,
    problem_type: 'Hardware',
    openedHoursAgo: 20,
  },
  { number: 12325, client: bell, subject: 'Tune-up of the accounting PC', status: 'Invoiced', problem_type: 'TuneUp', openedHoursAgo: 480 },
]
