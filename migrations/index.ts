import * as m001 from './001_clients_sessions_work.ts'
import * as m002 from './002_external_integrations.ts'
import * as m003 from './003_integration_credentials.ts'
import * as m004 from './004_ticket_links.ts'
import * as m005 from './005_backups.ts'
import * as m006 from './006_outbox_and_time.ts'
import * as m007 from './007_vault.ts'
import * as m008 from './008_adopted_tables.ts'
import * as m009 from './009_backup_proof.ts'
import * as m010 from './010_rate_limits.ts'

/** Every migration by name, in order. Listed, not found on disk: a bundle has no folder to look into. `what` says in words what it adds. */
export const migrations = {
  '001_clients_sessions_work': m001,
  '002_external_integrations': m002,
  '003_integration_credentials': m003,
  '004_ticket_links': m004,
  '005_backups': m005,
  '006_outbox_and_time': m006,
  '007_vault': m007,
  '008_adopted_tables': m008,
  '009_backup_proof': m009,
  '010_rate_limits': m010,
}
