CREATE TABLE external_integrations (
id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
session_id UUID REFERENCES sessions(id) ON DELETE CASCADE,
work_item_id UUID REFERENCES work_items(id) ON DELETE CASCADE,
client_id UUID REFERENCES clients(id) ON DELETE SET NULL,
-- Integration details
integration_type VARCHAR(100) NOT NULL CHECK(integration_type IN (
'syncro_ticket', 'syncro_time', 'syncro_asset',
'msp_backups_report', 'msp_backups_status',
'zapier_webhook', 'zapier_trigger',
'email_notification', 'custom_integration'
)),
integration_name VARCHAR(255), -- "SyncroMSP", "MSP Backups", "Zapier"
-- External resource identification
external_id VARCHAR(255), -- ticket ID, asset ID, webhook ID, etc.
external_url VARCHAR(500), -- direct link to resource
external_reference VARCHAR(255), -- human-readable: "T12345", "WH-ABC123"
-- Action tracking
action VARCHAR(50) CHECK(action IN (
'created', 'updated', 'linked', 'attached',
'retrieved', 'searched', 'deleted', 'triggered'
)),
direction VARCHAR(20) CHECK(direction IN ('outbound', 'inbound')),
-- outbound: MSP Mode → External system
-- inbound: External system → MSP Mode (via webhook)
-- Request/Response data
request_data TEXT, -- JSON: what we sent
response_data TEXT, -- JSON: what we received
response_status VARCHAR(50), -- "success", "error", "timeout"
error_message TEXT,
-- Performance tracking
request_duration_ms INTEGER,
retry_count INTEGER DEFAULT 0,
-- Metadata
created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
created_by VARCHAR(255), -- user who authorized
INDEX idx_ext_int_session (session_id),
INDEX idx_ext_int_work_item (work_item_id),
INDEX idx_ext_int_client (client_id),
INDEX idx_ext_int_type (integration_type),
INDEX idx_ext_int_external (external_id),
INDEX idx_ext_int_status (response_status),
INDEX idx_ext_int_created (created_at)
);

CREATE TABLE integration_credentials (
id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
integration_name VARCHAR(100) NOT NULL UNIQUE, -- 'syncro', 'msp_backups', 'zapier'
-- Credential type
credential_type VARCHAR(50) CHECK(credential_type IN ('oauth', 'api_key', 'basic_auth', 'bearer_token')),
-- Encrypted credentials (AES-256-GCM)
api_key_encrypted BYTEA,
oauth_token_encrypted BYTEA,
oauth_refresh_token_encrypted BYTEA,
oauth_client_id VARCHAR(255), -- not encrypted (public)
oauth_client_secret_encrypted BYTEA,
oauth_expires_at TIMESTAMP,
basic_auth_username VARCHAR(255),
basic_auth_password_encrypted BYTEA,
-- OAuth metadata
oauth_scopes TEXT, -- JSON array: ["tickets:read", "tickets:write"]
oauth_authorize_url VARCHAR(500),
oauth_token_url VARCHAR(500),
-- API endpoints
api_base_url VARCHAR(500) NOT NULL,
webhook_url VARCHAR(500), -- for receiving webhooks
webhook_secret_encrypted BYTEA,
-- Status and health
is_active BOOLEAN DEFAULT true,
last_tested_at TIMESTAMP,
last_test_status VARCHAR(50), -- "success", "auth_failed", "connection_error"
last_test_error TEXT,
last_used_at TIMESTAMP,
-- Rate limiting
rate_limit_requests INTEGER, -- requests per period
rate_limit_period_seconds INTEGER, -- period in seconds
rate_limit_remaining INTEGER, -- current remaining requests
created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
INDEX idx_int_cred_name (integration_name),
INDEX idx_int_cred_active (is_active)
);

CREATE TABLE ticket_links (
id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
session_id UUID REFERENCES sessions(id) ON DELETE CASCADE,
client_id UUID REFERENCES clients(id) ON DELETE CASCADE,
work_item_id UUID REFERENCES work_items(id) ON DELETE SET NULL,
-- Ticket identification
integration_type VARCHAR(100) NOT NULL CHECK(integration_type IN (
'syncro', 'autotask', 'connectwise', 'zendesk', 'freshdesk'
)),
ticket_id VARCHAR(255) NOT NULL, -- external system ticket ID
ticket_number VARCHAR(100), -- human-readable: "T12345", "#12345"
ticket_subject VARCHAR(500),
ticket_url VARCHAR(500),
ticket_status VARCHAR(100), -- "open", "in_progress", "resolved", "closed"
ticket_priority VARCHAR(50), -- "low", "medium", "high", "critical"
-- Linking metadata
link_type VARCHAR(50) CHECK(link_type IN ('related', 'resolves', 'documents', 'caused_by')),
-- related: session work related to ticket
-- resolves: session work resolves the ticket
-- documents: session documents work done for ticket
-- caused_by: session work was triggered by ticket
link_direction VARCHAR(20) CHECK(link_direction IN ('manual', 'automatic')),
linked_by VARCHAR(255), -- user who created link
-- Sync status
auto_sync_enabled BOOLEAN DEFAULT false, -- auto-post session updates to ticket
last_synced_at TIMESTAMP,
sync_errors TEXT, -- JSON array of sync error messages
created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
INDEX idx_ticket_session (session_id),
INDEX idx_ticket_client (client_id),
INDEX idx_ticket_work_item (work_item_id),
INDEX idx_ticket_external (integration_type, ticket_id),
INDEX idx_ticket_status (ticket_status)
);

CREATE TABLE backup_log (
id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
client_id UUID REFERENCES clients(id) ON DELETE SET NULL,
infrastructure_id UUID REFERENCES infrastructure(id) ON DELETE SET NULL,
session_id UUID REFERENCES sessions(id) ON DELETE SET NULL,
-- Backup classification
backup_type VARCHAR(50) NOT NULL CHECK(backup_type IN (
'daily', 'weekly', 'monthly', 'manual', 'pre-migration',
'pre-upgrade', 'disaster_recovery'
)),
backup_source VARCHAR(100), -- "local", "veeam", "msp_backups", "manual"
-- File details
file_path VARCHAR(500) NOT NULL,
file_name VARCHAR(255),
file_size_bytes BIGINT NOT NULL,
storage_location VARCHAR(500), -- "NAS", "Cloud", "Local", "Off-site"
-- Timing
backup_started_at TIMESTAMP NOT NULL,
backup_completed_at TIMESTAMP NOT NULL,
duration_seconds INTEGER GENERATED ALWAYS AS (
TIMESTAMPDIFF(SECOND, backup_started_at, backup_completed_at)
) STORED,
-- Verification
verification_status VARCHAR(50) CHECK(verification_status IN (
'passed', 'failed', 'not_verified', 'in_progress'
)),
verification_method VARCHAR(100), -- "test_restore", "checksum", "file_count", "manual"
verification_details TEXT, -- JSON: specific check results
verification_completed_at TIMESTAMP,
-- Backup metadata
database_host VARCHAR(255),
database_name VARCHAR(100),
backup_method VARCHAR(50), -- "mysqldump", "mariabackup", "file_copy", "veeam"
compression_type VARCHAR(50), -- "gzip", "zip", "none"
encryption_enabled BOOLEAN DEFAULT false,
-- Retention
retention_days INTEGER,
scheduled_deletion_date TIMESTAMP,
deleted_at TIMESTAMP,
-- Status
backup_status VARCHAR(50) DEFAULT 'completed' CHECK(backup_status IN (
'in_progress', 'completed', 'failed', 'deleted'
)),
error_message TEXT,
-- Integration linkage
external_integration_id UUID REFERENCES external_integrations(id),
created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
INDEX idx_backup_client (client_id),
INDEX idx_backup_infrastructure (infrastructure_id),
INDEX idx_backup_type (backup_type),
INDEX idx_backup_date (backup_completed_at),
INDEX idx_backup_verification (verification_status),
INDEX idx_backup_status (backup_status)
);
