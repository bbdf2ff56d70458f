import assert from 'node:assert/strict'
import { eachEngine } from '../support/engines.ts'
import { some } from '../support/some.ts'
import { hasRunOut, runRaces } from './races.ts'

const seeds = Array.from({ length: 60 }, (_, index) => index + 1)

eachEngine('in races with other delays each, every process has a live token after one renewal', async (db, t) => {
  assert.deepEqual(await runRaces(t, db, some(seeds, 8, hasRunOut)), [])
})
