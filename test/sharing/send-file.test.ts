import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { OutgoingMessage } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { readLocalFile } from '../../src/sharing/local-file.ts'
import { sendFile } from '../../src/sharing/send-file.ts'
import { temporaryFolder } from '../support/engines.ts'

test('what the system says of a file is a sentence, and a bug stays a bug', async (t) => {
  const path = join(temporaryFolder(t), 'a.txt')
  writeFileSync(path, 'hello')
  const file = await readLocalFile(path)
  const closed = await open(path)
  await closed.close()
  await assert.rejects(sendFile(new OutgoingMessage(), closed, file), {
    code: 'storage',
    message: `${path} could not be read to its end (EBADF).`,
  })
  const bug = new TypeError('x is not a function')
  const buggy = { stat: () => Promise.reject(bug) } as unknown as FileHandle
  await assert.rejects(sendFile(new OutgoingMessage(), buggy, file), bug)
})
