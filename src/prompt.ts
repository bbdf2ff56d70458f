import { MspError } from './errors.ts'
import { toInert, toInertLine } from './inert.ts'
import type { Io } from './io.ts'
import { hideSecrets, keepSecret } from './live-secrets.ts'

/** Questions to the person at the terminal. Where nobody can answer, each throws an error that names its flag. */
export interface Prompt {
  readonly canAsk: boolean
  /** Somebody can answer, or `--yes` has. */
  readonly canConfirm: boolean
  confirm(question: string, flag: string): Promise<boolean>
  /** Asks about a guess of msp: only a person takes it, `--yes` does not. False where nobody can answer. */
  offer(question: string): Promise<boolean>
  text(question: string, flag: string, fallback?: string): Promise<string>
  /** One of several, the first when nothing else is chosen. */
  choose<T extends string>(question: string, choices: ReadonlyArray<{ value: T; name: string }>, flag: string): Promise<T>
  /** A text until `signal` says that it is not needed any more; then it is cancelled. */
  textUntil(question: string, signal: AbortSignal): Promise<string>
  /** Without echo. */
  secret(question: string, flag: string): Promise<string>
}

/** Asks on stderr, so that stdout stays the answer. `canAsk` is false without a terminal and with `--json` or `--no-input`. */
export function openPrompt(canAsk: boolean): Prompt {
  const ask = async <T>(question: object, flag: string, message: string, until?: AbortSignal): Promise<T> => {
    if (!canAsk) throw new MspError('usage', `This needs an answer: ${message}`, { hint: `Without a terminal, give it with ${flag}.` })
    const { default: inquirer } = await import('inquirer')
    const closed = new AbortController()
    // Ctrl-D closes inquirer's reader, which pauses stdin and settles nothing; after an answer this comes too late to matter
    const onPause = () => setImmediate(() => closed.abort())
    process.stdin.once('pause', onPause)
    const prompt = inquirer.createPromptModule({
      output: process.stderr,
      signal: until ? AbortSignal.any([until, closed.signal]) : closed.signal,
    })
    try {
      const answers: { answer?: unknown } = await prompt([{ ...question, name: 'answer', message: toInert(hideSecrets(message)) } as never])
      return answers.answer as T
    } catch (error) {
      // Ctrl-C, and Ctrl-D or a closed terminal
      if (error instanceof Error && /ExitPromptError|AbortPromptError/.test(error.name)) throw new MspError('cancelled', 'Cancelled.')
      throw error
    } finally {
      process.stdin.off('pause', onPause)
    }
  }
  const confirm = async (question: string, flag: string) => {
    const validate = (text: string) => /^(y|yes|n|no)$/i.test(text.trim()) || 'Please answer y or n.'
    const answer = await ask<string>({ type: 'input', validate }, flag, `${question} (y/n)`)
    return answer.trim().toLowerCase().startsWith('y')
  }
  return {
    canAsk,
    canConfirm: canAsk,
    confirm,
    offer: async (question) => canAsk && confirm(question, '--yes'),
    text: (message, flag, fallback) =>
      ask<string>({ type: 'input', ...(fallback === undefined ? {} : { default: fallback }) }, flag, message),
    choose: (message, choices, flag) => ask({ type: 'select', choices: choices.map(toShownChoice) }, flag, message),
    textUntil: (message, signal) => withOtherLines(ask<string>({ type: 'input' }, 'another way', message, signal)),
    // toggleMask: else Ctrl-T shows what was typed
    secret: (message, flag) => ask<string>({ type: 'password', mask: false, toggleMask: false }, flag, message),
  }
}

/** Refuses what needs a yes where nobody can give it; `sentence` says what it would be to. */
export function requireConfirmable({ canConfirm }: Pick<Prompt, 'canConfirm'>, sentence: string): void {
  if (!canConfirm) throw new MspError('usage', sentence, { hint: 'Without a terminal, say that it is meant with --yes.' })
}

/** Says what a client will see or pay for, and asks; `no` is what is said after a no. */
export async function agree(
  { io, prompt }: { io: Pick<Io, 'err'>; prompt: Prompt },
  sentence: string,
  { question, no }: { question: string; no: string },
): Promise<void> {
  requireConfirmable(prompt, sentence)
  io.err(sentence, 'warn')
  if (!(await prompt.confirm(question, '--yes'))) throw new MspError('cancelled', no)
}

/** What is pasted in several lines comes at once: the question takes the first one, and the others would be lost. */
async function withOtherLines(answer: Promise<string>): Promise<string> {
  let others: string[] = []
  const onData = (chunk: Buffer) => {
    others = chunk
      .toString()
      .split(/[\r\n]+/)
      .slice(1)
  }
  // stays paused until the question reads, or what was typed meanwhile would come here only
  process.stdin.pause().on('data', onData)
  try {
    return [await answer, ...others].join('\n').trimEnd()
  } finally {
    process.stdin.off('data', onData)
  }
}

/** `--yes`: every question that can be confirmed is. */
export const withYes = (prompt: Prompt, yes: boolean): Prompt => (yes ? { ...prompt, canConfirm: true, confirm: async () => true } : prompt)

/** What is typed without echo is shown nowhere else either. */
export const withKeptSecrets = (prompt: Prompt): Prompt => ({
  ...prompt,
  secret: async (question, flag) => keepSecret(await prompt.secret(question, flag)),
})

const toShownChoice = <T>({ value, name }: { value: T; name: string }) => ({ value, name: toInertLine(hideSecrets(name)) })
