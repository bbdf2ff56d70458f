import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { noteDefiners } from '../../src/backups/definers.ts'

/** What is noted of a dump that comes in these chunks; it passes as it is. */
async function note(chunks: readonly Buffer[]): Promise<string[]> {
  const definers = new Set<string>()
  const passed = await Array.fromAsync(noteDefiners(Readable.from(chunks), definers))
  assert.deepEqual(Buffer.concat(passed), Buffer.concat(chunks))
  return [...definers]
}

const noted = (dump: string) => note([Buffer.from(dump)])

test('an account that a dump names is noted in backticks, however it is written there', async () => {
  assert.deepEqual(await noted("create definer=`o'n``e`@`10.0.0.%` view x as select 1;"), ["`o'n``e`@`10.0.0.%`"])
  assert.deepEqual(await noted("CREATE DEFINER = 'o''n`e'@'%' PROCEDURE p()"), ["`o'n``e`@`%`"])
  assert.deepEqual(await noted('create definer=app@localhost view x as select 1;'), ['`app`@`localhost`'])
  assert.deepEqual(await noted("create definer=app@'10.0.0.0/255.255.0.0' view x as select 1;"), ['`app`@`10.0.0.0/255.255.0.0`'])
  assert.deepEqual(await noted('create definer=current_user() view x as select 1; create definer=`a view y'), [])
})

test('an account is noted wherever the dump is cut into chunks', async () => {
  const dump = Buffer.from('/*!50013 DEFINER=`Jürgen 🙂`@`%` SQL SECURITY DEFINER */')
  for (let at = 1; at < dump.length; at++)
    assert.deepEqual(await note([dump.subarray(0, at), dump.subarray(at)]), ['`Jürgen 🙂`@`%`'], `cut at ${at}`)
})
