import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { scriptFile } from './support/processes.ts'

const program = '/usr/bin/script' // of util-linux: gives a process a terminal
const skip = (process.platform !== 'linux' || !existsSync(program)) && 'NOT TESTED: there is no script(1) of util-linux here.'

test('an address that is pasted in several lines arrives whole, the next question starts anew, and no question acts on the terminal', {
  skip,
  timeout: 30_000,
}, async () => {
  const path = scriptFile('paste-process.ts')
  const child = spawn(program, ['-qec', `'${process.execPath}' '${path}'`, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const pasted = new Map([
    ['First:', 'http://127.0.0.1:1/callback?code=a\rbc&state=\rd\r'],
    ['Second:', 'typed\r'],
  ])
  let shown = ''
  for await (const chunk of child.stdout) {
    shown += chunk
    for (const [question, text] of pasted) {
      if (!shown.includes(question)) continue
      pasted.delete(question)
      child.stdin.write(text)
    }
  }
  assert.deepEqual(
    [shown.includes('\\u{202e}^[]0;owned^G First:'), shown.includes('\u202e'), shown.includes('\x1b]0;')],
    [true, false, false],
  )
  const [, answers = 'null'] = /answers (.*)\r$/m.exec(shown) ?? []
  assert.deepEqual(JSON.parse(answers), ['http://127.0.0.1:1/callback?code=a\nbc&state=\nd', 'typed'])
})
