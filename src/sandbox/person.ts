import { MspError } from '../errors.ts'

const entities = /&#(\d+);/g

/**
 * What a person does in the browser: opens the address, reads the page, presses its button (`allow` or `deny`) and follows the redirect. Gives the
 * text of the page that comes last.
 */
export async function pressButton(url: string, decision: 'allow' | 'deny' = 'allow'): Promise<string> {
  const shown = await fetch(url, { redirect: 'manual' })
  const page = await shown.text()
  const [, action] = /<form method="post" action="([^"]+)"/.exec(page) ?? []
  // an answer without a form sends the browser on at once
  if (action === undefined) return follow(shown, page)
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
  const form = new URLSearchParams(fields.map(([, name = '', value = '']): [string, string] => [name, unescaped(value)]))
  form.set('decision', decision)
  const answer = await fetch(new URL(action, url), { method: 'POST', body: form, redirect: 'manual' })
  return follow(answer, await answer.text())
}

async function follow(answer: Response, text: string): Promise<string> {
  const to = answer.headers.get('location')
  if (to === null) throw new MspError('vendor', `The sandbox's page for signing in said: ${text.trim()}`)
  return (await fetch(to)).text()
}

const unescaped = (text: string): string => text.replace(entities, (_, code: string) => String.fromCharCode(Number(code)))
