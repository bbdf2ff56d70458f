import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settings } from '../src/config.ts'
import { checkBaseUrl } from '../src/http/base-url.ts'
import { readServer } from '../src/integrations/smtp/server.ts'
import { isLoopback } from '../src/loopback.ts'

test('only the addresses of this machine itself are taken for it, whatever else looks like them', () => {
  const hosts = ['localhost', '127.0.0.1', '127.8.9.10', '::1', '[::1]']
  const others = [
    ...['localhost.evil.com', '127.0.0.1.evil.com', 'evil-localhost', 'localhost.', '127.0.0.1.', '127.0.0.999', '127.1', '127.0.0.01'],
    ...['2130706433', '0x7f.0.0.1', '[::ffff:127.0.0.1]', '::ffff:127.0.0.1', '[::2]', '0.0.0.0', '', '１２７.0.0.1', 'db.example.com'],
  ]
  assert.deepEqual([hosts.filter((host) => !isLoopback(host)), others.filter(isLoopback)], [[], []])
})

/** What allows a line without TLS where it leads to this machine only. */
const lines: Array<(host: string) => boolean> = [
  (host) => isTaken(() => checkBaseUrl(`http://${host}:4000`, 'SyncroMSP', ['syncromsp.com'])),
  (host) => isTaken(() => settings['files.public-url'].check(`http://${host}:4000`)),
  (host) => isTaken(() => assert.equal(readServer(`smtp://${host}:25`).tls, 'never')),
]

function isTaken(check: () => unknown): boolean {
  try {
    check()
    return true
  } catch {
    return false
  }
}

for (const [host, isHere] of [
  ...['localhost', '127.0.0.1', '127.0.1.1', '[::1]'].map((host) => [host, true] as const),
  ...['128.0.0.1', '10.0.0.1', '0.0.0.0', '[::ffff:7f00:1]', '127.0.0.1.evil.com', 'localhost.evil.com'].map(
    (host) => [host, false] as const,
  ),
]) {
  test(`a vendor, a place of files and a mail server at ${host} are ${isHere ? '' : 'not '}spoken to in the clear`, () =>
    assert.deepEqual(
      lines.map((line) => line(host)),
      lines.map(() => isHere),
    ))
}
