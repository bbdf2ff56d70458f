import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { selfSigned } from '../http/certificate.ts'
import { temporaryFolder } from '../support/engines.ts'
import { hasMariaDb, startMariaDb } from '../support/mariadb.ts'
import { startMsp } from '../support/msp.ts'
import { runMspBehind } from '../support/msp-child.ts'

const skip = !hasMariaDb() && 'NOT TESTED: there is no MariaDB here.'

/** A server with a certificate that nobody knows, by a name that leads to this machine, and that msp takes for another one. */
async function startServer(t: TestContext, isEncrypted: boolean) {
  const folder = temporaryFolder(t)
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'server.pem')]
  writeFileSync(cert, selfSigned.cert)
  writeFileSync(key, selfSigned.key)
  chmodSync(folder, 0o755)
  const server = await startMariaDb(isEncrypted ? [`--ssl-cert=${cert}`, `--ssl-key=${key}`] : ['--skip-ssl'])
  t.after(() => server.stop())
  const url = new URL('mysql', server.url)
  url.hostname = 'LOCALHOST'
  return { cert, url: url.href }
}

test('over the network a MariaDB must prove who it is: a certificate that nobody knows is refused, with its authority it is taken', {
  skip,
}, async (t) => {
  const { cert, url } = await startServer(t, true)
  const { msp, env } = await startMsp(t, { env: { MSP_DATABASE_URL: url } })
  const refused = await msp('db', 'status')
  assert.deepEqual([refused.exitCode, refused.stdout], [1, []])
  assert.match(refused.stderr.join('\n'), /certificate/i)
  const { exitCode, stdout, stderr } = await runMspBehind(['env', `NODE_EXTRA_CA_CERTS=${cert}`], env, 'db', 'status')
  assert.equal(exitCode, 0, stderr.join('\n'))
  assert.match(stdout[0] ?? '', /^mariadb\tLOCALHOST:\d+\/mysql\t/)
})

test('over the network a MariaDB without encryption is refused', { skip }, async (t) => {
  const { url } = await startServer(t, false)
  const { msp } = await startMsp(t, { env: { MSP_DATABASE_URL: url } })
  const { exitCode, stderr } = await msp('db', 'status')
  assert.equal(exitCode, 1)
  assert.match(stderr[0] ?? '', /offers no TLS, which msp requires over a network\. No password was sent\.$/)
})
