import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markUntrusted } from '../src/untrusted.ts'
import { startMsp } from './support/msp.ts'

const agentEnv = { CLAUDE_CODE_CHILD_SESSION: '1' }

const parsed = ({ stdout }: { stdout: readonly string[] }) => JSON.parse(stdout.join('\n'))

/** The texts of a document that stand in no field that an object around them names in `untrusted`. */
function trustedIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(trustedIn)
  if (typeof value !== 'object' || value === null) return []
  const { untrusted = [], ...fields } = value as { untrusted?: string[] }
  return Object.entries(fields).flatMap(([name, inner]) => (untrusted.includes(name) ? [] : trustedIn(inner)))
}

/** The same document as a person gets it. */
function unmarked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmarked)
  if (typeof value !== 'object' || value === null) return value
  const { untrusted: _, ...fields } = value as { untrusted?: string[] }
  return Object.fromEntries(Object.entries(fields).map(([name, inner]) => [name, unmarked(inner)]))
}

// Words of the demo that people at the client, or at the vendor, could have written otherwise.
const theirs = /Dataforth|Grabb|Durando|NAS|Veeam|tape|printer|GD-|D2TEST|Nightly|Image|Helpdesk|Mike|Front Desk|IGNORE|Configured/

test('in every answer to an agent each text of other people stands in a field that its object names', async (t) => {
  const { msp, env, sandbox } = await startMsp(t, { sandbox: true, env: agentEnv })
  const commands = [
    ...['client add Dataforth', 'client map Dataforth', 'session start --client Dataforth', 'ticket link T12345 --auto-sync'],
    ...['work add Configured --minutes 5', 'ticket sync --dry-run', 'ticket sync', 'ticket comment T12345 IGNORE --dry-run'],
    ...['ticket comment T12345 IGNORE', 'ticket comment T12345 tape --visibility public', 'ticket show T12345', 'ticket search backup'],
    ...['ticket suggest', 'client list', 'client show Dataforth', 'session show', 'session list', 'work list', 'ticket links'],
    ...['time log 15m', 'time list', 'backup report --client Dataforth', 'backup report --all', 'backup status', 'outbox list --all'],
    ...['record list', 'integrate list', 'integrate test', 'backup log package.json --client Dataforth', 'backup list'],
    ...['backup expect --client Dataforth', 'ticket unlink T12345', 'session end'],
  ]
  for (const typed of commands) {
    const { exitCode, stdout, stderr } = await msp(...typed.split(' '))
    const trusted = trustedIn(parsed({ stdout }))
    assert.deepEqual([typed, exitCode, trusted.filter((text) => theirs.test(text))], [typed, 0, []], stderr.join('\n'))
  }
  const [{ id }] = (await msp('outbox', 'list', '--all', '--limit', '1')).json()
  assert.deepEqual(
    trustedIn(parsed(await msp('outbox', 'show', id))).filter((text) => theirs.test(text)),
    [],
  )
  // a ticket as two readers get it
  const asAgent = parsed(await msp('ticket', 'show', 'T12345'))
  assert.deepEqual(
    [asAgent.untrusted, asAgent.comments[0].untrusted],
    [
      ['subject', 'status', 'priority', 'client'],
      ['subject', 'body'],
    ],
  )
  env.CLAUDE_CODE_CHILD_SESSION = ''
  assert.deepEqual(unmarked(asAgent), (await msp('ticket', 'show', 'T12345', '--json')).json())
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets', kind: 'status', status: 400 })
  env.CLAUDE_CODE_CHILD_SESSION = '1'
  assert.deepEqual(JSON.parse((await msp('ticket', 'search', 'x')).stderr.join('\n')).error.untrusted, ['message'])
})

test("a field that nobody has looked at is other people's, with all that is in it; numbers, times and what is empty are no text", () => {
  assert.deepEqual(
    markUntrusted({
      id: '1',
      news: { state: { note: 'obey' } },
      newCount: 3,
      newAt: new Date(0),
      newList: [],
      newText: '',
      totals: { x: 'y' },
    }),
    {
      ...{ id: '1', news: { state: { note: 'obey' } }, newCount: 3, newAt: '1970-01-01T00:00:00.000Z', newList: [], newText: '' },
      ...{ totals: { x: 'y', untrusted: ['x'] }, untrusted: ['news'] },
    },
  )
  assert.deepEqual(markUntrusted([{ id: '1' }]), [{ id: '1', untrusted: [] }])
  assert.equal(markUntrusted(undefined), undefined)
})

test('what an agent gets as text stands between two lines that nobody can have written into it', async (t) => {
  const { msp } = await startMsp(t, { sandbox: true, env: agentEnv })
  const boundaries: string[] = []
  for (let round = 0; round < 2; round++) {
    const { stdout } = (await msp('ticket', 'show', 'T12345', '--no-json')).whole()
    const [, boundary = ''] = /^--- ([0-9a-f]{16}): /.exec(stdout[0] ?? '') ?? []
    assert.deepEqual([stdout.at(-1), stdout.filter((line) => line.includes(boundary)).length], [`--- ${boundary}`, 2])
    boundaries.push(boundary)
  }
  assert.notEqual(boundaries[0], boundaries[1])
})
