import { isAbsolute, join, resolve } from 'node:path'
import { MspError } from './errors.ts'
import { thisUser } from './user.ts'

type Variables = Record<string, string | undefined>

/** Where msp keeps its files. `MSP_HOME` puts all three under one folder. */
export interface Folders {
  config: string
  data: string
  state: string
}

const isWindows = process.platform === 'win32'

/** The folders of this user, by XDG; on Windows under the local application data. */
export function foldersOf(env: Variables): Folders {
  const home = env.MSP_HOME
  if (home) return { config: join(home, 'config'), data: join(home, 'data'), state: join(home, 'state') }
  if (isWindows) {
    const base = join(env.LOCALAPPDATA || join(thisUser().home, 'AppData', 'Local'), 'msp')
    return { config: join(base, 'config'), data: join(base, 'data'), state: join(base, 'state') }
  }
  const user = env.HOME || thisUser().home
  return {
    config: join(env.XDG_CONFIG_HOME || join(user, '.config'), 'msp'),
    data: join(env.XDG_DATA_HOME || join(user, '.local', 'share'), 'msp'),
    state: join(env.XDG_STATE_HOME || join(user, '.local', 'state'), 'msp'),
  }
}

/** Refuses folders that would lie wherever msp happens to run: whatever is found there anybody may have put there. */
export function requireWholeFolders(env: Variables): void {
  const named = env.MSP_HOME ? ['MSP_HOME'] : isWindows ? ['LOCALAPPDATA'] : ['HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME']
  const odd = named.find((name) => env[name] && !isAbsolute(env[name]))
  if (odd !== undefined) {
    const value = env[odd] ?? ''
    throw new MspError('config', `${odd} is no whole path: "${value}".`, { hint: `From here it would be ${resolve(value)}` })
  }
  if (Object.values(foldersOf(env)).every((folder) => isAbsolute(folder))) return
  throw new MspError('config', 'There is no home folder for the files of msp: HOME is not set, and the system knows none for this user.', {
    hint: 'Set HOME, or MSP_HOME, to the whole path of a folder.',
  })
}
