import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Db } from '../db/tables.ts'
import { codeOf, MspError } from '../errors.ts'
import { readSecretFile, writeSecretFile } from '../files.ts'
import { updateCredential } from '../vault/store.ts'

/** New tokens, sealed, on their way into the database. */
export interface Renewal {
  id: string
  /** The generation that they replace. */
  gen: number
  oauthTokenEncrypted: Buffer
  oauthRefreshTokenEncrypted: Buffer | null
  oauthExpiresAt: Date | null
  updatedAt: Date
}

/** What a process keeps of a renewal until the database has it: the vendor has taken the old tokens back by then. */
export interface Journal {
  write(renewal: Renewal): Promise<void>
  clear(renewal: Renewal): Promise<void>
  /** What earlier processes have left behind, of this installation. */
  read(): Promise<Renewal[]>
}

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'))
const time = z.iso.datetime().transform((text) => new Date(text))
const entry = z.object({
  installation: z.string(),
  id: z.string(),
  gen: z.number().int(),
  oauthTokenEncrypted: bytes,
  oauthRefreshTokenEncrypted: bytes.nullable(),
  oauthExpiresAt: time.nullable(),
  updatedAt: time,
})

/** A folder of small files, each written whole or not at all. */
export function openJournal(folder: string, installation: string): Journal {
  const pathOf = ({ id, gen }: Renewal) => join(folder, `${id}.${gen}.json`)
  return {
    write: async (renewal) => {
      const { oauthTokenEncrypted, oauthRefreshTokenEncrypted } = renewal
      const text = JSON.stringify({
        ...{ installation, ...renewal },
        oauthTokenEncrypted: oauthTokenEncrypted.toString('base64'),
        oauthRefreshTokenEncrypted: oauthRefreshTokenEncrypted?.toString('base64') ?? null,
      })
      await writeSecretFile(pathOf(renewal), `${text}\n`, { overwrite: true })
    },
    clear: (renewal) => rm(pathOf(renewal), { force: true }),
    read: async () => {
      const renewals: Renewal[] = []
      for (const name of await namesIn(folder)) {
        const { success, data } = entry.safeParse(toJson(await readIfThere(join(folder, name))))
        // of another database, or of another program: left alone
        if (!success || data.installation !== installation) continue
        const { installation: _, ...renewal } = data
        renewals.push(renewal)
      }
      return renewals
    },
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json'))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/** Empty when the file is gone, since the process that wrote it has stored its tokens meanwhile; and when it is none that msp would write. */
async function readIfThere(path: string): Promise<string> {
  try {
    return await readSecretFile(path)
  } catch (error) {
    if (error instanceof MspError && (error.code === 'not_found' || error.code === 'config')) return ''
    throw error
  }
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Stores renewed tokens, unless another process has stored some since: then false. To repeat it is harmless. */
export function storeRenewal(db: Db, { id, gen, ...tokens }: Renewal): Promise<boolean> {
  return updateCredential(db, id, { ...tokens, gen: gen + 1, state: 'ok', leaseOwner: null, leaseUntil: null }, gen)
}
