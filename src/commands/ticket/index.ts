import type { Verbs } from '../verbs.ts'

export const verbs: Verbs = {
  search: async () => (await import('./search.ts')).registerTicketSearch,
  show: async () => (await import('./show.ts')).registerTicketShow,
  link: async () => (await import('./link.ts')).registerTicketLink,
  unlink: async () => (await import('./unlink.ts')).registerTicketUnlink,
  links: async () => (await import('./links.ts')).registerTicketLinks,
  suggest: async () => (await import('./suggest.ts')).registerTicketSuggest,
  comment: async () => (await import('./comment.ts')).registerTicketComment,
  attach: async () => (await import('./attach.ts')).registerTicketAttach,
  sync: async () => (await import('./sync.ts')).registerTicketSync,
}
