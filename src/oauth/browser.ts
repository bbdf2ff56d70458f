import type { Env } from '../config.ts'

/** False where no browser can be: over SSH, and on a Linux without a display. */
export function hasBrowser(env: Env, platform: NodeJS.Platform = process.platform): boolean {
  if (env.SSH_CONNECTION || env.SSH_TTY) return false
  return platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.BROWSER)
}

/** Opens the address in the person's browser. False when that could not be done, as far as it can be told. */
export async function openBrowser(url: string, patienceMs = 1000): Promise<boolean> {
  const { default: open } = await import('open')
  try {
    const opener = await open(url)
    // the promise says nothing of what the opener did, and its end says so only when it failed at once
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), patienceMs)
      const end = (isOpen: boolean) => {
        clearTimeout(timer)
        resolve(isOpen)
      }
      opener.once('error', () => end(false))
      opener.once('exit', (code) => end(code === 0))
    })
  } catch {
    return false
  }
}
