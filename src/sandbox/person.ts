import { MspError } from '../errors.ts'

const entities = /&#(\d+);/g

/** What a person does in the browser: presses the button of the page and lets the browser follow. Gives the text of the page that comes last. */
export async function pressButton(url: string, decision: 'allow' | 'deny' = 'allow'): Promise<string> {
  return (await fetch(await decide(url, decision))).text()
}

/** Opens the address, reads the page and presses its button. Gives the address that the browser is sent to. */
export async function decide(url: string, decision: 'allow' | 'deny'): Promise<string> {
  const shown = await fetch(url, { redirect: 'manual' })
  const page = await shown.text()
  const [, action] = /<form method="post" action="([^"]+)"/.exec(page) ?? []
  // an answer without a form sends the browser on at once
  if (action === undefined) return whereTo(shown, page)
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
  const form = new URLSearchParams(fields.map(([, name = '', value = '']): [string, string] => [name, unescaped(value)]))
  form.set('decision', decision)
  const answer = await fetch(new URL(action, url), { method: 'POST', body: form, redirect: 'manual' })
  return whereTo(answer, await answer.text())
}

function whereTo(answer: Response, text: string): string {
  const to = answer.headers.get('location')
  if (to !== null) return to
  throw new MspError('vendor', `The sandbox's page for signing in said: ${text.trim()}`)
}

const unescaped = (text: string): string => text.replace(entities, (_, code: string) => String.fromCharCode(Number(code)))
