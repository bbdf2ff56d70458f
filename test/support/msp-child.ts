import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import type { Env } from '../../src/config.ts'
import type { Result } from './msp.ts'
import { scriptFile } from './processes.ts'

const script = scriptFile('msp-process.ts')

/** Runs msp in a process of its own that another program starts: `prefix` is that program with its arguments. */
export async function runMspBehind(prefix: readonly string[], env: Env, ...argv: string[]): Promise<Result> {
  const [program = '', ...args] = [...prefix, process.execPath, script, JSON.stringify(env), ...argv]
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end()
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  if (status !== 0) throw new Error(`msp ${argv.join(' ')} ended with ${status}: ${stderr}`)
  return JSON.parse(stdout.slice(stdout.indexOf('\n') + 1))
}

/** What takes root's power over file modes away from the process behind it; for anybody else nothing. */
export const withoutPower: readonly string[] = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : []

/** Mounts a disk of 1 MB at `folder`, for that process alone, with a copy of `file` there and `room` kB left; undefined, and the test is skipped, where nobody may mount. */
export async function onFullDisk(t: TestContext, folder: string, file: string, room: number): Promise<readonly string[] | undefined> {
  const mounted = ['unshare', '--map-root-user', '--mount', 'sh', '-c']
  const child = spawn(mounted[0] ?? '', [...mounted.slice(1), 'mount -t tmpfs none "$0"', folder], { stdio: 'ignore' })
  const [status] = await once(child, 'exit').catch(() => [1])
  if (status !== 0) {
    t.skip('NOT TESTED: nobody may mount a disk here (unshare --map-root-user --mount).')
    return undefined
  }
  const script = `
    mount -t tmpfs -o size=1m,mode=700 none "$0" && cp "$1" "$0/" && shift || exit 1
    free=$(df -k --output=avail "$0" | tail -n 1)
    head -c "$((free - ${room}))k" /dev/zero >"$0/filler" && exec "$@"`
  return [...mounted, script, folder, file]
}
