import type { App } from '../app.ts'
import { hasBrowser, openBrowser } from '../oauth/browser.ts'

/** Opens an address in the person's browser; `none` where there cannot be one. */
export async function openInBrowser(
  { env, browse = openBrowser }: Pick<App, 'env' | 'browse'>,
  url: string,
): Promise<'open' | 'failed' | 'none'> {
  if (!hasBrowser(env)) return 'none'
  return (await browse(url)) ? 'open' : 'failed'
}
