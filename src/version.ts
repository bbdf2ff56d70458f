import { readFileSync } from 'node:fs'

declare const MSP_VERSION: string | undefined

/** The version of the package: put in by the build, read from package.json in a checkout that is not built. */
export const version = (): string =>
  typeof MSP_VERSION === 'string' ? MSP_VERSION : JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
