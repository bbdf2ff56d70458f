import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startMsp } from '../support/msp.ts'

test('what vendors give away besides is in no file: keys of portals, links to reports, tokens of users', async (t) => {
  const { msp, sandbox, home } = await startMsp(t, { sandbox: true })
  for (const command of [
    'client add Dataforth --map syncro=34288070',
    'client map Dataforth',
    'session start --client Dataforth --ticket T12345',
    'ticket search --client Dataforth',
    'ticket show T12345',
    'ticket comment T12345 Checked.',
    'backup report --client Dataforth',
    'ticket sync',
    'integrate test',
  ]) {
    const { exitCode, stderr } = await msp(...command.split(' '))
    assert.equal(exitCode, 0, `${command}: ${stderr.join(' ')}`)
  }
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const all = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')).join('\n')
  const { mspBackups, syncro } = sandbox
  const secrets = ['sandbox-portal-key', '/report/', syncro.userToken, syncro.token, mspBackups.password]
  assert.deepEqual(
    secrets.filter((secret) => all.includes(secret)),
    [],
  )
  assert.ok(all.includes('syncro_ticket'))
})
