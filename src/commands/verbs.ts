import type { Command } from 'commander'
import type { App } from '../app.ts'

/** Declares a command below its noun, or gives the noun itself what it takes. */
export type Register = (command: Command, app: App) => void

/** The verbs of a noun, in the order of its help; a verb is loaded when it is typed. */
export type Verbs = Record<string, () => Promise<Register>>
