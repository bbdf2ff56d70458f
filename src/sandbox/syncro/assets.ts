import type { Answer } from '../answers.ts'
import type { Call, Route } from '../routes.ts'
import { customerDetails } from './customers.ts'
import { byNumber, byWords, listPage } from './lists.ts'
import type { SandboxAsset, SyncroState } from './state.ts'

const pageSize = 50

export function assetRoutes(state: SyncroState): Route[] {
  return [
    {
      on: 'GET customer_assets',
      query: ['snmp_enabled', 'customer_id', 'asset_type_id', 'query', 'page'],
      handle: (call) => listAssets(state, call),
    },
    { on: 'GET rmm_alerts', query: ['status', 'page'], handle: (call) => listPage(call, 'rmm_alerts', [], pageSize) },
  ]
}

function listAssets(state: SyncroState, call: Call): Answer {
  const isCustomer = byNumber(call, 'customer_id')
  const hasWords = byWords(call.query.get('query'))
  const found = state.assets.filter((asset) => isCustomer(asset.customer_id) && hasWords(asset.name, asset.asset_serial))
  const rows = found.map((asset) => toAsset(state, asset))
  return listPage(call, 'assets', rows, pageSize)
}

function toAsset(state: SyncroState, asset: SandboxAsset): Record<string, unknown> {
  return {
    ...asset,
    contact_id: null,
    properties: {},
    external_rmm_link: null,
    customer: customerDetails(state, asset.customer_id),
    rmm_links: [],
    rmm_store: { asset_id: asset.id, triggers },
    address: null,
  }
}

// Health flags are text at the vendor.
const triggers = Object.fromEntries(
  [
    'bsod_triggered',
    'time_triggered',
    'no_av_triggered',
    'defrag_triggered',
    'firewall_triggered',
    'app_crash_triggered',
    'low_hd_space_triggered',
    'smart_failure_triggered',
    'device_manager_triggered',
    'agent_offline_triggered',
  ].map((name) => [name, 'false']),
)
