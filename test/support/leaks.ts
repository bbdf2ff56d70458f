import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { formsOf, liveForms } from '../../src/live-secrets.ts'
import { password } from '../../src/sandbox/msp-backups/state.ts'
import { token } from '../../src/sandbox/syncro/state.ts'

/** What many tests type, also to an msp in a process of its own. The secrets of this process it knows by itself. */
const planted: readonly string[] = [token, password, 'correct horse battery', 'a mail password', 'a-password-that-nobody-may-see']
const plantedForms: readonly string[] = planted.flatMap(formsOf)

/** Files that somebody made to hold a secret among other things. */
const onPurpose = /(^|\/)(\.env|[^/]*recovery[^/]*)$/

/** The files beneath a folder that hold a secret in any of its forms, but those that hold nothing else: there it was put on purpose. */
export function findLeaks(folder: string): string[] {
  const find = finderOf([...plantedForms, ...liveForms()])
  return filesIn(folder).flatMap((path) => {
    const bytes = readIfThere(path)
    const found = bytes && find(bytes)
    if (found === undefined || onPurpose.test(path) || bytes?.toString().trim() === found) return []
    return [`${relative(folder, path)} holds ${shown(found)}`]
  })
}

/** The secret in a text, shown as far as it takes to find it. */
export function leakIn(text: string, forms = [...plantedForms, ...liveForms()]): string | undefined {
  const found = finderOf(forms)(Buffer.from(text))
  return found === undefined ? undefined : shown(found)
}

/** The same of what tests plant alone: the output of a whole run. */
export const plantedIn = (text: string): string | undefined => leakIn(text, [...plantedForms])

const shown = (form: string): string => `"${form.slice(0, 12)}…"`

// programs, and what was made of them, in which the secrets of the sandbox stand
const programs = new Set(['src', 'dist', 'node_modules', 'cache', 'compiled', 'bundles'])

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return programs.has(entry.name) ? [] : filesIn(path)
    return entry.isFile() ? [path] : []
  })
}

const most = 256 * 1024 * 1024

/** A server that is still running may take its file away. */
function readIfThere(path: string): Buffer | undefined {
  try {
    return statSync(path).size > most ? undefined : readFileSync(path)
  } catch {
    return undefined
  }
}

// no form is shorter than 8 bytes: wherever one lies, four bytes of its first eight begin at one of five places
const stride = 5

/** Looks for all forms at once: a database for each of some hundred secrets would take longer than the tests. */
function finderOf(forms: readonly string[]): (bytes: Buffer) => string | undefined {
  const halves = new Uint8Array(65_536)
  const byFour = new Map<number, Array<{ form: Buffer; offset: number }>>()
  for (const form of [...new Set(forms)].map((each) => Buffer.from(each))) {
    for (let offset = 0; offset < stride; offset++) {
      const four = form.readUInt32BE(offset)
      halves[four >>> 16] = 1
      byFour.set(four, [...(byFour.get(four) ?? []), { form, offset }])
    }
  }
  return (bytes) => {
    for (let at = 0; at + 4 <= bytes.length; at += stride) {
      if (halves[(bytes[at] as number) * 256 + (bytes[at + 1] as number)] === 0) continue
      const found = byFour.get(bytes.readUInt32BE(at))?.find(({ form, offset }) => isAt(bytes, at - offset, form))
      if (found) return found.form.toString()
    }
    return undefined
  }
}

const isAt = (bytes: Buffer, at: number, form: Buffer): boolean => at >= 0 && bytes.subarray(at, at + form.length).equals(form)
