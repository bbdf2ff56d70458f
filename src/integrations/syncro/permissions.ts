/** Syncro's names of the permissions that a key needs, as its error shows them. */
export const permission = {
  listTickets: 'Tickets - List/Search',
  viewTicket: 'Tickets - View Details',
  editTicket: 'Tickets - Edit',
  listTimers: 'Ticket Timers - Overview',
  editTimer: 'Ticket Timers - Edit',
  listCustomers: 'Customers - List/Search',
  viewCustomer: 'Customers - View Detail',
  listProducts: 'Products - List/Search',
  listAssets: 'Assets - List/Search',
  listAlerts: 'RMM Alerts - List',
} as const
