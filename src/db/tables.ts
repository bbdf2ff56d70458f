import type { ColumnType, Generated, Insertable, Kysely, Selectable, Transaction } from 'kysely'

/** An open database, or a transaction on it. */
export type Db = Kysely<Tables> | Transaction<Tables>

export type OutboxState = 'draft' | 'ready' | 'sending' | 'done' | 'unknown' | 'failed' | 'cancelled' | 'needs_human'
export type Visibility = 'internal' | 'public' | 'email'
export type LinkType = 'related' | 'resolves' | 'documents' | 'caused_by'
export type TicketState = 'open' | 'in_progress' | 'resolved' | 'closed'
export type Urgency = 'low' | 'medium' | 'high' | 'critical'
export type TestStatus = 'success' | 'auth_failed' | 'connection_error'

/** Made by the database when it is not given. */
type Defaulted<T> = ColumnType<T, T | undefined, T>

export interface ClientsTable {
  id: string
  name: string
  /** The name as it is compared: see `toNameKey`. */
  nameKey: string
  createdAt: Generated<Date>
}

export interface ClientMappingsTable {
  integration: string
  vendorClientId: string
  clientId: string
  vendorName: string
  state: Defaulted<'ok' | 'renamed' | 'missing'>
  createdAt: Generated<Date>
}

/** The machines and devices of a client. */
export interface InfrastructureTable {
  id: string
  clientId: string | null
  name: string
  kind: string | null
  integration: string | null
  vendorId: string | null
  state: string | null
  createdAt: Generated<Date>
}

export interface SessionsTable {
  id: string
  clientId: string
  technician: string
  machine: string
  startedAt: Date
  endedAt: Date | null
  /** technician|machine while the session is open, so that a second open one cannot be stored. */
  openKey: string | null
}

export interface WorkItemsTable {
  id: string
  sessionId: string
  clientId: string
  note: string
  minutes: number | null
  billable: boolean
  source: Defaulted<'typed' | 'hook'>
  integration: string | null
  ticketId: string | null
  createdAt: Defaulted<Date>
}

export interface ExternalIntegrationsTable {
  id: string
  sessionId: string | null
  workItemId: string | null
  clientId: string | null
  integrationType: string
  integrationName: string | null
  externalId: string | null
  externalUrl: string | null
  externalReference: string | null
  action: RecordAction | null
  direction: 'outbound' | 'inbound' | null
  requestData: string | null
  responseData: string | null
  responseStatus: 'success' | 'error' | 'timeout' | null
  errorMessage: string | null
  requestDurationMs: number | null
  retryCount: Defaulted<number | null>
  createdAt: Defaulted<Date>
  createdBy: string | null
}

export type RecordAction = 'created' | 'updated' | 'linked' | 'attached' | 'retrieved' | 'searched' | 'deleted' | 'triggered'

export interface IntegrationCredentialsTable {
  id: string
  /** `syncro`, `msp_backups`, …: in tables with an underscore. */
  integrationName: string
  /** '' for the team's key, else the technician whose own key it is. */
  owner: string
  credentialType: 'oauth' | 'api_key' | 'basic_auth' | 'bearer_token'
  apiKeyEncrypted: Buffer | null
  oauthTokenEncrypted: Buffer | null
  oauthRefreshTokenEncrypted: Buffer | null
  oauthClientId: string | null
  oauthClientSecretEncrypted: Buffer | null
  oauthExpiresAt: Date | null
  basicAuthUsername: string | null
  basicAuthPasswordEncrypted: Buffer | null
  oauthScopes: string | null
  oauthAuthorizeUrl: string | null
  oauthTokenUrl: string | null
  apiBaseUrl: string
  webhookUrl: string | null
  webhookSecretEncrypted: Buffer | null
  isActive: Defaulted<boolean>
  lastTestedAt: Date | null
  lastTestStatus: TestStatus | null
  lastTestError: string | null
  lastUsedAt: Date | null
  rateLimitRequests: number | null
  rateLimitPeriodSeconds: number | null
  rateLimitRemaining: number | null
  accountId: string | null
  accountName: string | null
  accountEmail: string | null
  gen: Defaulted<number>
  state: Defaulted<'ok' | 'needs_login'>
  leaseOwner: string | null
  leaseUntil: Date | null
  createdAt: Defaulted<Date>
  updatedAt: Defaulted<Date>
}

export interface TicketLinksTable {
  id: string
  sessionId: string | null
  clientId: string | null
  workItemId: string | null
  integrationType: string
  ticketId: string
  ticketNumber: string | null
  ticketSubject: string | null
  ticketUrl: string | null
  /** Our state; the tenant's own word is `vendorStatus`. */
  ticketStatus: TicketState | null
  /** Our urgency; the tenant's own word is `vendorPriority`. */
  ticketPriority: Urgency | null
  vendorStatus: string | null
  vendorPriority: string | null
  linkType: LinkType | null
  linkDirection: 'manual' | 'automatic' | null
  linkedBy: string | null
  autoSyncEnabled: Defaulted<boolean>
  lastSyncedAt: Date | null
  /** JSON: a list of `{ at, code, message }`. */
  syncErrors: string | null
  createdAt: Defaulted<Date>
  updatedAt: Defaulted<Date>
}

export type BackupType = 'daily' | 'weekly' | 'monthly' | 'manual' | 'pre-migration' | 'pre-upgrade' | 'disaster_recovery'
export type BackupStatus = 'in_progress' | 'completed' | 'failed' | 'deleted'
export type VerificationStatus = 'passed' | 'failed' | 'not_verified' | 'in_progress'

export interface BackupLogTable {
  id: string
  clientId: string | null
  infrastructureId: string | null
  sessionId: string | null
  backupType: BackupType
  backupSource: string | null
  filePath: string
  fileName: string | null
  /** Null of a failed backup and of one in progress. */
  fileSizeBytes: number | null
  storageLocation: string | null
  backupStartedAt: Date
  /** Null of one in progress. */
  backupCompletedAt: Date | null
  durationSeconds: ColumnType<number | null, never, never>
  verificationStatus: VerificationStatus | null
  verificationMethod: string | null
  /** JSON: the evidence. */
  verificationDetails: string | null
  verificationCompletedAt: Date | null
  databaseHost: string | null
  databaseName: string | null
  backupMethod: string | null
  compressionType: string | null
  encryptionEnabled: Defaulted<boolean | null>
  retentionDays: number | null
  scheduledDeletionDate: Date | null
  deletedAt: Date | null
  backupStatus: Defaulted<BackupStatus | null>
  errorMessage: string | null
  externalIntegrationId: string | null
  /** SHA-256 in hex, of the file when it was logged. */
  checksum: string | null
  /** What identifies a run at a backup vendor. */
  runKey: string | null
  createdAt: Defaulted<Date>
}

export interface BackupSnapshotsTable {
  id: string
  integration: string
  takenAt: Date
  /** `history`: put together afterwards, of one client. */
  source: Defaulted<'live' | 'history'>
  /** JSON: what is known of the whole copy. */
  body: string
}

export interface BackupSnapshotPartsTable {
  snapshotId: string
  /** The vendor's name of the client in lower case; '' for plans of none. */
  vendorClient: string
  /** Of the body that says what plans there are. */
  plansHash: string
  /** Of the one that says how their last runs went, in the same order. */
  runsHash: string
}

export interface BackupSnapshotBodiesTable {
  /** SHA-256, in hex. */
  hash: string
  /** JSON. */
  body: Buffer
}

export interface BackupExpectationsTable {
  id: string
  clientId: string
  /** '' for every computer of the client. */
  computer: string
  /** '' for every plan. */
  plan: string
  everyMinutes: number | null
  graceMinutes: number | null
  weekdaysOnly: Defaulted<boolean>
  pausedUntil: Date | null
  isIgnored: Defaulted<boolean>
  createdBy: string
  createdAt: Defaulted<Date>
  /** Null while it holds. */
  endedAt: Date | null
}

export interface SavedBackupReportsTable {
  id: string
  sessionId: string
  clientId: string
  /** `2026-01-15` */
  reportDate: string
  takenAt: Date
  /** JSON: the report as --json prints it. */
  body: string
  createdBy: string
  createdAt: Defaulted<Date>
}

export interface OutboxTable {
  seq: Generated<number>
  id: string
  /** Four letters and digits that a person can type: 7F3K. */
  shortId: string
  integration: string
  /** Whose key sends it: '' for the team's, else the technician's. */
  owner: string
  kind: string
  sessionId: string | null
  clientId: string | null
  ticketId: string | null
  ticketNumber: string | null
  visibility: Visibility | null
  payloadEncrypted: Buffer | null
  dedupeKey: string | null
  /** What the vendor's copy carries, so that it can be found again: `msp 7F3K`. */
  reference: string
  state: OutboxState
  attempts: Defaulted<number>
  missed: Defaulted<number>
  notBefore: Date | null
  firstSentAt: Date | null
  leaseOwner: string | null
  leaseUntil: Date | null
  vendorId: string | null
  lastError: string | null
  createdBy: string
  agent: string | null
  approvedBy: string | null
  createdAt: Defaulted<Date>
}

export interface WorkItemPostsTable {
  workItemId: string
  integration: string
  ticketId: string
  outboxId: string
}

export interface TimeEntriesTable {
  id: string
  sessionId: string | null
  clientId: string
  integration: string
  ticketId: string
  ticketNumber: string | null
  technician: string
  startedAt: Date
  endedAt: Date
  minutes: number
  billable: boolean
  laborId: string | null
  note: string
  outboxId: string
  vendorId: string | null
  chargedAt: Date | null
  createdAt: Defaulted<Date>
}

export interface InstallationTable {
  one: 1
  id: string
  dekId: number
  dekCheck: Buffer
  minDekId: number | null
  createdAt: Generated<Date>
}

export interface KeySlotsTable {
  id: string
  kind: 'machine' | 'invite' | 'recovery' | 'passphrase' | 'keyfile'
  label: string
  pub: Buffer | null
  salt: Buffer | null
  kdf: string | null
  wrappedDek: Buffer
  mac: Buffer
  expiresAt: Date | null
  createdAt: Generated<Date>
}

/** What the vendors allow, for all machines together. */
export interface RateLimitsTable {
  /** A vendor and its host. */
  scope: string
  /** When the calls so far are paid for ("theoretical arrival time"), in microseconds of the database's clock. */
  tatUs: Defaulted<number>
  /** Until when nobody calls. */
  pauseUs: Defaulted<number>
}

/** The tables in TypeScript's names; the CamelCasePlugin turns them into the columns' names. */
export interface Tables {
  clients: ClientsTable
  clientMappings: ClientMappingsTable
  infrastructure: InfrastructureTable
  sessions: SessionsTable
  workItems: WorkItemsTable
  externalIntegrations: ExternalIntegrationsTable
  integrationCredentials: IntegrationCredentialsTable
  ticketLinks: TicketLinksTable
  backupLog: BackupLogTable
  backupSnapshots: BackupSnapshotsTable
  backupSnapshotParts: BackupSnapshotPartsTable
  backupSnapshotBodies: BackupSnapshotBodiesTable
  backupExpectations: BackupExpectationsTable
  savedBackupReports: SavedBackupReportsTable
  outbox: OutboxTable
  workItemPosts: WorkItemPostsTable
  timeEntries: TimeEntriesTable
  installation: InstallationTable
  keySlots: KeySlotsTable
  rateLimits: RateLimitsTable
}

export type Row<T extends keyof Tables> = Selectable<Tables[T]>
export type NewRow<T extends keyof Tables> = Insertable<Tables[T]>
