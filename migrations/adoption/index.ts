import type { Kysely } from 'kysely'
import { isMariaDb } from '../types.ts'
import { applyWidening } from './apply.ts'
import { differencesOf, inWords, isAdoptable, isWide, lossesOf, type Widening, widen } from './compare.ts'
import { type Design, readDesign } from './design.ts'
import { readShapes } from './found.ts'
import { misfitsOf } from './rows.ts'
import type { Shape } from './shape.ts'

/** What it takes to make the tables that are there into msp's. */
export interface Adoption {
  /** By table, in words. */
  changes: Array<{ table: string; what: string }>
  /** Why it cannot be done, a line each; while there are any, nothing may be changed. */
  differences: string[]
}

/** The migration after which every table is msp's own. */
const adopting = '008_adopted_tables'

/** Compares the tables that the database holds with what the migrations make, of which it says that it has had `applied`. Reads only. */
export async function readAdoption(db: Kysely<any>, applied: readonly string[]): Promise<Adoption> {
  const { pairs, missing, onMariaDb } = await readPairs(db)
  const lost = missing
    .filter(({ madeBy }) => applied.includes(madeBy))
    .map(({ name, madeBy }) => `${name} is missing, which ${madeBy} has made`)
  if (applied.includes(adopting))
    return { changes: [], differences: [...lost, ...pairs.flatMap(({ design, found }) => lossesOf(design, found))] }
  const { widenings, differences } = await compare(db, pairs, onMariaDb)
  const changes = widenings.map((widening) => ({ table: widening.design.name, what: inWords(widening) }))
  return { changes, differences: [...lost, ...differences] }
}

/** Adds columns and widens constraints; drops no row and no column. Stopped half-way, it goes on where it was. */
export async function adopt(db: Kysely<any>): Promise<void> {
  const { pairs, onMariaDb } = await readPairs(db)
  const { widenings, differences } = await compare(db, pairs, onMariaDb)
  if (differences.length > 0) throw new Error(differences.join('; '))
  for (const widening of widenings) await applyWidening(db, widening, onMariaDb)
}

interface Pair {
  design: Design
  found: Shape
}

async function readPairs(db: Kysely<any>): Promise<{ pairs: Pair[]; missing: Design[]; onMariaDb: boolean }> {
  const onMariaDb = isMariaDb(db)
  const designs = await readDesign(onMariaDb)
  const names = designs.map(({ name }) => name)
  const shapes = new Map((await readShapes(db, names, onMariaDb)).map((shape) => [shape.name, shape]))
  const pairs = designs.flatMap((design) => {
    const found = shapes.get(design.name)
    return found ? [{ design, found }] : []
  })
  return { pairs, missing: designs.filter(({ name }) => !shapes.has(name)), onMariaDb }
}

async function compare(
  db: Kysely<any>,
  pairs: readonly Pair[],
  onMariaDb: boolean,
): Promise<{ widenings: Widening[]; differences: string[] }> {
  const differences = pairs.flatMap(({ design, found }) => differencesOf(design, found, onMariaDb))
  if (differences.length > 0) return { widenings: [], differences }
  const widenings = pairs
    .filter(({ design }) => isAdoptable(design.name))
    .map(({ design, found }) => widen(design, found, onMariaDb))
    .filter((widening) => !isWide(widening))
  const tables = pairs.map(({ found }) => found.name)
  for (const widening of widenings) differences.push(...(await misfitsOf(db, widening, { isMariaDb: onMariaDb, tables })))
  return { widenings, differences }
}
