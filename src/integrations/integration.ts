import type { BackupSource } from '../backups/backup.ts'
import type { ClientDirectory } from '../clients/client.ts'
import type { VendorHttp } from '../http/http.ts'
import type { MailSystem } from '../mail/mail.ts'
import type { OAuthProfile } from '../oauth/profile.ts'
import type { Rate } from '../pace/budget.ts'
import type { FileHost } from '../sharing/file-host.ts'
import type { TicketSystem } from '../tickets/ticket.ts'
import type { TimeSystem } from '../time/time.ts'
import type { Line } from './line.ts'

export const integrationIds = ['syncro', 'msp-backups', 'smtp', 'files'] as const
export type IntegrationId = (typeof integrationIds)[number]

/** The name of an integration in the tables: `msp_backups`. */
export const toTableName = (id: string): string => id.replaceAll('-', '_')
/** Undefined of a system that this msp does not know: another program, or a newer msp, may have stored its keys. */
export const fromTableName = (name: string): IntegrationId | undefined => integrationIds.find((id) => toTableName(id) === name)

/** Whom a key writes as. */
export interface Identity {
  id: string
  name: string
  email: string | null
  /** The tenant as the vendor names it. */
  tenant: string | null
}

/** A thing that a key may or may not read. */
export interface Permission {
  what: string
  may: boolean
}

export interface AccessToken {
  token: string
  expiresAt: Date
}

/** How a person signs in. */
export type SignIn =
  /** `where` says in the vendor's own words where the token is made. */
  | { kind: 'token'; where: string }
  | { kind: 'password'; where: string; login(http: VendorHttp, username: string, password: string, now: Date): Promise<AccessToken> }
  /** In the browser. */
  | { kind: 'oauth'; profile: OAuthProfile }

/** What every integration says of itself. What reads a vendor's answers is loaded with the first connection. */
interface Described {
  readonly id: IntegrationId
  /** As the vendor writes its name. */
  readonly label: string
}

/** A vendor with JSON over HTTP: data, and how to talk to it. */
export interface HttpIntegration extends Described {
  /** The ways to sign in, the one that works for most first. */
  readonly signIn: readonly SignIn[]
  /** Hosts that a base URL may have, each with all below it. Others only on loopback. */
  readonly hosts: readonly string[]
  /** The base URL of a tenant, of the subdomain or the URL that a person gave; throws a sentence. */
  baseUrl(tenant: string | undefined): string
  /** The tenant that a base URL leads to; undefined on loopback, and where the address does not say. */
  tenantOf(baseUrl: string): string | undefined
  /** From the root that a person gave with `--api-url` (no slash at the end) to the base of the paths. */
  fromApiUrl(url: string): string
  /** What it allows. `pauseMs`: how long nobody calls when it asks for a pause and does not say how long. */
  readonly pace: Rate & { pauseMs: number }
  /** The vendor's own reason out of the body of a refusal; undefined when there is none that may be shown. */
  reasonOf(answer: unknown): string | undefined
  /** `zone`: of the times that the vendor sends without one. */
  connect(http: VendorHttp, options: { zone: string }): Promise<Connection>
}

/** One that speaks something else: a mail server, a bucket. Its key is a user name and a password. */
export interface DirectIntegration extends Described {
  /** The address that a person gave or that is stored, as it is kept; throws a sentence when it must not be used. */
  checkUrl(typed: string): string
  open(line: Line): Promise<Connection>
}

export type Integration = HttpIntegration | DirectIntegration

export const isDirect = (integration: Integration): integration is DirectIntegration => 'open' in integration

/** A signed-in vendor. A missing member: the vendor cannot. */
export interface Connection {
  whoAmI(): Promise<Identity>
  /** One cheap read of each thing that msp uses; absent where nothing can be asked. */
  permissions?(): Promise<Permission[]>
  readonly clients?: ClientDirectory
  readonly tickets?: TicketSystem
  readonly time?: TimeSystem
  readonly backups?: BackupSource
  readonly mail?: MailSystem
  readonly fileHost?: FileHost
}

/** The vendor's way to sign in of this kind. */
export const findSignIn = <K extends SignIn['kind']>({ signIn }: HttpIntegration, kind: K): Extract<SignIn, { kind: K }> | undefined =>
  signIn.find((way): way is Extract<SignIn, { kind: K }> => way.kind === kind)
