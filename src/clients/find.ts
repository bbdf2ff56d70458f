import { isDuplicate } from '../db/dialect.ts'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import { type Client, toNameKey } from './client.ts'
import { insertClient, listClients } from './store.ts'

/** The client that the words mean: its whole name, else any part that only one name has. Several matches are listed, never guessed. */
export async function findClient(db: Db, words: string): Promise<Client> {
  const key = toNameKey(words)
  const clients = await listClients(db)
  const exact = clients.find(({ nameKey }) => nameKey === key)
  if (exact) return exact
  const matches = key === '' ? [] : clients.filter(({ nameKey }) => nameKey.includes(key))
  if (matches[0] && matches.length === 1) return matches[0]
  if (matches.length > 1) {
    const names = matches.slice(0, 10).map(({ name }) => name)
    throw new MspError(
      'ambiguous',
      `"${words}" fits ${matches.length} clients: ${names.join(' · ')}${matches.length > 10 ? ' · …' : ''}.`,
      {
        hint: 'Give more of the name.',
      },
    )
  }
  throw new MspError('not_found', `There is no client "${words}".`, {
    hint: `See them: msp client list · add it: msp client add ${quoted(words)}`,
  })
}

const longestName = 255

/** Refuses what is no name for a new client: one that differs from another's only in case, accents or spaces, too. */
export async function checkNewName(db: Db, name: string): Promise<void> {
  const key = toNameKey(name)
  if (key === '') throw new MspError('usage', 'A client needs a name.', { hint: 'Give it as you say it: msp client add Dataforth' })
  if (/\p{Control}|[\u2028\u2029]/u.test(name.trim()))
    throw new MspError('usage', 'The name of a client stands on one line, without tabs and control characters.', {
      hint: 'Type it again: in subjects, tables and reports it is one line.',
    })
  // some letters are compared as several
  if (name.length > longestName || key.length > longestName)
    throw new MspError('usage', `The name of a client has ${longestName} characters at most.`)
  const same = (await listClients(db)).find(({ nameKey }) => nameKey === key)
  if (same) throw nameIsTaken(same.name)
}

const nameIsTaken = (name: string): MspError =>
  new MspError('usage', `There is a client of this name already: ${name}.`, { hint: `See: msp client show ${quoted(name)}` })

export async function addClient(db: Db, name: string): Promise<Client> {
  await checkNewName(db, name)
  try {
    return await insertClient(db, name.trim())
  } catch (error) {
    if (!isDuplicate(error)) throw error
    throw nameIsTaken(name.trim())
  }
}
