import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type TestContext, test } from 'node:test'

/** The Debian packages of a real keychain without a desktop. */
export const keyringPackages = ['gnome-keyring', 'dbus', 'dbus-x11', 'libsecret-tools']

export function hasKeyring(): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const isInstalled = (program: string) => folders.some((folder) => existsSync(join(folder, program)))
  return ['gnome-keyring-daemon', 'dbus-run-session', 'secret-tool'].every(isInstalled)
}

/** What a process finds: a keyring that is open, one that is not (never made, or locked), a bus without any, no bus. */
export type KeyringState = 'unlocked' | 'not unlocked' | 'no service' | 'no bus'

/** A home of its own with its own keyrings; each run gets a new bus and a new daemon, as after a reboot. */
export interface Keyring {
  home: string
  run(state: KeyringState, command: string[], env?: Record<string, string>): Promise<{ exitCode: number; stdout: string; stderr: string }>
}

const passphrase = 'the passphrase of the login keyring'
const daemon = {
  unlocked: `printf '%s' '${passphrase}' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 && exec "$@"`,
  'not unlocked': 'gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1 && exec "$@"',
}
const busWithoutServices = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
`

function inState(state: KeyringState, folder: string, command: string[]): string[] {
  if (state === 'no bus') return command
  if (state !== 'no service') return ['dbus-run-session', '--', 'sh', '-c', daemon[state], 'sh', ...command]
  const config = join(folder, 'bus.conf')
  writeFileSync(config, busWithoutServices)
  return ['dbus-run-session', `--config-file=${config}`, '--', ...command]
}

export function createKeyring(t: TestContext): Keyring {
  const folder = mkdtempSync(join(tmpdir(), 'msp-keyring-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
  const [home, runtime] = [join(folder, 'home'), join(folder, 'run')]
  for (const path of [home, runtime]) mkdirSync(path, { mode: 0o700 })
  // only these: an inherited bus address or runtime folder leads to the keyring of the person who runs the tests
  const own = { PATH: process.env.PATH ?? '', HOME: home, XDG_RUNTIME_DIR: runtime, XDG_DATA_HOME: join(home, '.local/share') }
  return {
    home,
    run: (state, command, env = {}) => {
      const [program = '', ...rest] = inState(state, folder, command)
      return new Promise((resolve) => {
        const child = execFile(program, rest, { env: { ...env, ...own }, timeout: 60_000 }, (_, stdout, stderr) =>
          resolve({ exitCode: child.exitCode ?? 1, stdout, stderr }),
        )
      })
    },
  }
}

/** A test against a real keyring. Without one it is skipped, and fails when MSP_TEST_REQUIRE names `keychain`. */
export function keyringTest(name: string, run: (keyring: Keyring, t: TestContext) => Promise<void>): void {
  const missing = `NOT TESTED: there is no keyring here. Install it: apt-get install -y --no-install-recommends ${keyringPackages.join(' ')}`
  const isRequired = (process.env.MSP_TEST_REQUIRE ?? '').split(',').includes('keychain')
  test(name, { skip: !hasKeyring() && !isRequired && missing }, (t) => {
    if (!hasKeyring()) throw new Error(missing)
    return run(createKeyring(t), t)
  })
}
