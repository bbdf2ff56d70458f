// Runs calls of the keychain one after the other in a process of its own and prints what became of each.
import { MspError } from '../../src/errors.ts'
import {
  databasePasswordEntry,
  deleteFromKeychain,
  deleteMachineKey,
  type KeychainLimit,
  readFromKeychain,
  readMachineKey,
  writeMachineKey,
  writeToKeychain,
} from '../../src/vault/keychain.ts'

/** What to call, with which installation or database, and with which secret in hex. */
export type KeychainCall = [verb: keyof typeof verbs, name: string, secret?: string]
export type KeychainOutcome = string | boolean | null | { code: string; message: string; hint: string | undefined }

const verbs = {
  readMachineKey: (installation: string, limit: KeychainLimit) => readMachineKey(installation, limit),
  writeMachineKey: (installation: string, limit: KeychainLimit, secret: Buffer) => writeMachineKey(installation, secret, limit),
  deleteMachineKey: (installation: string, limit: KeychainLimit) => deleteMachineKey(installation, limit),
  readPassword: (key: string, limit: KeychainLimit) => readFromKeychain(databasePasswordEntry(key), limit),
  writePassword: (key: string, limit: KeychainLimit, secret: Buffer) => writeToKeychain(databasePasswordEntry(key), secret, limit),
  deletePassword: (key: string, limit: KeychainLimit) => deleteFromKeychain(databasePasswordEntry(key), limit),
}

async function outcomeOf([verb, name, secret = '']: KeychainCall, limit: KeychainLimit): Promise<KeychainOutcome> {
  try {
    const result = (await verbs[verb](name, limit, Buffer.from(secret, 'hex'))) ?? null
    return Buffer.isBuffer(result) ? result.toString('hex') : result
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    const { code, message, hint } = error
    return { code, message, hint }
  }
}

const { calls, timeoutMs }: { calls: KeychainCall[]; timeoutMs: number } = JSON.parse(process.argv[2] ?? '')
const outcomes: KeychainOutcome[] = []
for (const call of calls) outcomes.push(await outcomeOf(call, { timeoutMs }))
// Its own exit code shows that the process left by this line, and not when the last call had ended by itself.
process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit(7))
