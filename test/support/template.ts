import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const paths = new Map<string, Promise<string>>()

/** The file or the folder that `make` makes, to be copied, which takes far less time: made once in a run of `npm test`, else once in this process. */
export function template(name: string, make: (path: string) => Promise<unknown>): Promise<string> {
  const path = paths.get(name) ?? makeOnce(join(templatesFolder(), name), make)
  paths.set(name, path)
  return path
}

async function makeOnce(path: string, make: (path: string) => Promise<unknown>): Promise<string> {
  if (existsSync(path)) return path
  const ours = `${path}-${process.pid}`
  await make(ours)
  try {
    renameSync(ours, path)
  } catch (error) {
    // another process had the same idea and was first
    if (!existsSync(path)) throw error
    rmSync(ours, { recursive: true })
  }
  return path
}

let ownFolder: string | undefined

function templatesFolder(): string {
  const shared = process.env.MSP_TEST_TEMPLATES
  if (shared) {
    mkdirSync(shared, { recursive: true })
    return shared
  }
  ownFolder ??= removedAtTheEnd(mkdtempSync(join(tmpdir(), 'msp-templates-')))
  return ownFolder
}

function removedAtTheEnd(folder: string): string {
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
