import { openPrompt } from '../../src/prompt.ts'

// Asks two questions at the terminal that this process has, and prints the answers.
const { signal } = new AbortController()
const prompt = openPrompt(true)
const first = await prompt.textUntil('\u202e\x1b]0;owned\x07 First:', signal)
const second = await prompt.textUntil('Second:', signal)
console.log(`answers ${JSON.stringify([first, second])}`)
