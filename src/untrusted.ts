import { isObject } from './object.ts'

/**
 * The fields whose text msp wrote or checked itself, or that hold only words of a list, ids and addresses of a system. Whatever is not
 * here may be other people's text: a field that is new is so until somebody has looked.
 */
const own = new Set([
  // containers, in which each object says it for itself
  ...['comments', 'mappings', 'totals', 'plans', 'oldestSuccess', 'evidence', 'restore', 'check', 'crossChecks'],
  ...['pushed', 'pulled', 'failed', 'writes', 'slots', 'applied', 'pending', 'changes', 'newer'],
  // what something is, and of what
  ...['id', 'sessionId', 'clientId', 'workItemId', 'outboxId', 'shortId', 'infrastructureId', 'externalIntegrationId', 'installation'],
  ...[
    'vendorId',
    'vendorClientId',
    'ticketId',
    'externalId',
    'number',
    'ticket',
    'tickets',
    'ticketNumber',
    'externalReference',
    'reference',
  ],
  ...['url', 'ticketUrl', 'externalUrl', 'apiUrl', 'integration', 'integrationType', 'integrationName', 'vendor', 'kind', 'source'],
  // words of a list of msp's
  ...['state', 'urgency', 'visibility', 'ticketStatus', 'ticketPriority', 'linkType', 'linkDirection', 'action', 'direction', 'method'],
  ...['responseStatus', 'lastTestStatus', 'backupType', 'backupSource', 'backupStatus', 'backupMethod', 'compressionType'],
  ...['verificationStatus', 'verificationMethod', 'days', 'result', 'expectation', 'every', 'grace', 'passphrase', 'change', 'engine'],
  // who did it
  ...['technician', 'machine', 'owner', 'agent', 'approvedBy', 'createdBy', 'linkedBy'],
  // what msp says and finds on this machine
  ...[
    'code',
    'hint',
    'what',
    'database',
    'key',
    'recoveryCode',
    'place',
    'path',
    'lines',
    'from',
    'value',
    'zone',
    'checksum',
    'mayNotRead',
  ],
])

const time = /^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/

/** A document for an agent: each object says in `untrusted` which of its fields hold other people's text, whole with what is in them. */
export function markUntrusted(document: unknown): unknown {
  const plain: unknown = document === undefined ? undefined : JSON.parse(JSON.stringify(document))
  return Array.isArray(plain) ? plain.map((each) => mark(each, true)) : mark(plain, true)
}

/** An object beneath another one says nothing when there is nothing to say. */
function mark(value: unknown, always: boolean): unknown {
  if (Array.isArray(value)) return value.map((each) => mark(each, false))
  if (!isObject(value)) return value
  const untrusted = Object.entries(value).flatMap(([name, inner]) => (own.has(name) || !holdsText(inner) ? [] : [name]))
  const marked = Object.entries(value).map(([name, inner]) => [name, untrusted.includes(name) ? inner : mark(inner, false)] as const)
  return { ...Object.fromEntries(marked), ...(always || untrusted.length > 0 ? { untrusted } : {}) }
}

function holdsText(value: unknown): boolean {
  if (typeof value === 'string') return value !== '' && !time.test(value)
  return typeof value === 'object' && value !== null && (Array.isArray(value) ? value : Object.entries(value).flat()).some(holdsText)
}
