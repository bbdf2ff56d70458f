import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from './errors.ts'

/** Makes a folder and those above it that are missing; gives the ones that it made. Node's own way never ends where nothing can be made, as beneath /proc. */
export function makeFolders(path: string, mode?: number): string[] {
  try {
    return makeFolder(path, mode)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error
  }
  return [...makeFolders(dirname(path), mode), ...makeFolder(path, mode)]
}

function makeFolder(path: string, mode: number | undefined): string[] {
  try {
    mkdirSync(path, { mode })
    return [path]
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return []
    throw error
  }
}
