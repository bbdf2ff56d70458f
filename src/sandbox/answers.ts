export interface Answer {
  status: number
  type: string
  text: string
  headers?: Record<string, string>
}

/** An answer, or a connection that ends without one. */
export type Outcome = Answer | 'cut'

export const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  text: JSON.stringify(value),
})

export const plain = (status: number, text: string): Answer => ({ status, type: 'text/plain; charset=utf-8', text })

/** What a proxy or a web server in front of an API answers: a page for people. */
export const page = (status: number, title: string): Answer => html(status, title, '<p>Sandbox</p>')

/** A page for people with a body of its own. */
export const html = (status: number, title: string, body: string, head = ''): Answer => ({
  status,
  type: 'text/html; charset=utf-8',
  text: `<!DOCTYPE html>\n<html><head><title>${title}</title>${head}</head><body><h1>${title}</h1>${body}</body></html>\n`,
})

export const redirect = (to: string): Answer => ({
  status: 302,
  type: 'text/plain; charset=utf-8',
  text: 'See there.',
  headers: { location: to },
})
