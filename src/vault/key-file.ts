import { MspError } from '../errors.ts'
import { quoted, readSecretFile, writeSecretFile } from '../files.ts'

/** The private key in a key file: 32 bytes as base64url. For machines without a keychain, such as the one that runs the webhook server. */
export async function readKeyFile(path: string): Promise<Buffer> {
  const text = await readText(path)
  const key = Buffer.from(text.replace(/\n$/, ''), 'base64url')
  if (key.length === 32 && text.replace(/\n$/, '') === key.toString('base64url')) return key
  throw new MspError('locked', `${path} is not a key file: it must hold 32 bytes as base64url, 43 characters on one line.`, {
    // msp overwrites no key file, not even a damaged one
    hint: `First move it away. Then put the right file there, or make another ${withCode(path)}`,
  })
}

async function readText(path: string): Promise<string> {
  try {
    return await readSecretFile(path)
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    const hint = error.code === 'not_found' ? `Put the file back, or make another ${withCode(path)}` : error.hint
    throw new MspError('locked', `The key file cannot be used. ${error.message}`, { hint, cause: error })
  }
}

const withCode = (path: string) => `with the recovery code: msp key recover --key-file ${quoted(path)}`

/** Makes a key file; one that exists is never overwritten, since it may hold the only key. */
export async function makeKeyFile(path: string, key: Buffer): Promise<void> {
  await writeSecretFile(path, `${key.toString('base64url')}\n`, { overwrite: false })
}
