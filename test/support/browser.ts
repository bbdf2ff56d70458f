/** A page as it came, after all redirects. */
export interface Page {
  url: string
  status: number
  text: string
}

/** A person's browser so far as these tests need one: cookies, redirects, forms. */
export interface Browser {
  open(url: string): Promise<Page>
  /** Sends the form of a page with these fields. */
  submit(page: Page, fields: URLSearchParams): Promise<Page>
}

export const asForm = (fields: Record<string, string>): URLSearchParams => new URLSearchParams(fields)

const mostRedirects = 10

/** A new one, without a cookie. It knows one site. `follow` sees where a redirect leads, and may send the browser elsewhere. */
export function openBrowser(follow: (to: URL) => URL = (to) => to): Browser {
  const cookies = new Map<string, string>()
  const go = async (url: string, body?: URLSearchParams): Promise<Page> => {
    let [next, sent]: [string, URLSearchParams | undefined] = [url, body]
    for (let count = 0; count < mostRedirects; count++) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(next, { headers: { cookie }, redirect: 'manual', ...(sent && { method: 'POST', body: sent }) })
      keep(cookies, response.headers.getSetCookie())
      const to = response.headers.get('location')
      const text = await response.text()
      if (to === null) return { url: next, status: response.status, text }
      ;[next, sent] = [follow(new URL(to, next)).href, undefined]
    }
    throw new Error(`${url} redirects for ever.`)
  }
  return {
    open: (url) => go(url),
    submit: ({ url, text }, fields) => {
      const [, action] = /<form[^>]* action="([^"]+)"/.exec(text) ?? []
      if (action === undefined) throw new Error(`There is no form on ${url}: ${text}`)
      return go(new URL(action, url).href, fields)
    },
  }
}

function keep(cookies: Map<string, string>, set: readonly string[]): void {
  for (const line of set) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (value === '') cookies.delete(name)
    else cookies.set(name, value)
  }
}

/** Sends a form as any program can, without a browser; gives the status and the JSON. */
export async function postForm(url: string, fields: Record<string, string>): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(url, { method: 'POST', body: asForm(fields) })
  const text = await response.text()
  return { status: response.status, answer: text === '' ? undefined : JSON.parse(text) }
}
