import assert from 'node:assert/strict'
import { eachEngine } from '../support/engines.ts'
import { runRaces } from './races.ts'

eachEngine('in 60 races with other delays each, every process has a live token after one renewal', async (db, t) => {
  assert.deepEqual(await runRaces(t, db, 60), [])
})
