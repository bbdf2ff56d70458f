import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findOverlap, type Span } from '../../src/time/when.ts'
import type { Step } from '../../src/world.ts'
import { type Answered, type Msp, startMsp } from '../support/msp.ts'
import { together } from '../support/processes.ts'
import { run, startAt } from './start.ts'

const count = 3

/** The spans of all entries, in order. */
async function logged(msp: Msp): Promise<Span[]> {
  const entries = (await msp('time', 'list', '--yesterday', '--json=start,end')).json() as Array<Record<'start' | 'end', string>>
  return entries.map(({ start, end }) => ({ start: new Date(start), end: new Date(end) }))
}

const requireApart = (spans: Span[]) => {
  for (const [index, span] of spans.entries()) assert.equal(findOverlap(span, spans.slice(index + 1)), undefined)
}

const log = ['time', 'log', '20m', '--yesterday', '--ticket', 'T12345', '--again']

for (const engine of ['sqlite', 'mariadb'] as const) {
  test(`entries that several processes log at once never overlap: each goes where there is room (${engine})`, async (t) => {
    const running = await startAt(t, engine)
    if (!running) return
    const { msp, env } = running
    for (let round = 1; round <= 2; round++) {
      const left = (await together(count, 'msp-process.ts', JSON.stringify(env), ...log)) as Answered[]
      assert.deepEqual(
        left.map(({ exitCode }) => exitCode),
        Array(count).fill(0),
        left.flatMap(({ stderr }) => stderr).join('\n'),
      )
      const spans = await logged(msp)
      assert.equal(spans.length, round * count)
      requireApart(spans)
    }
  })

  test(`of entries for one time that several processes log at once one is taken, the others are refused (${engine})`, async (t) => {
    const running = await startAt(t, engine)
    if (!running) return
    const { msp, env } = running
    for (let round = 1; round <= 2; round++) {
      const words = [...log, '--from', `${round}:00`]
      const left = (await together(count, 'msp-process.ts', JSON.stringify(env), ...words)) as Answered[]
      assert.deepEqual(left.map(({ exitCode }) => exitCode).sort(), [0, ...Array(count - 1).fill(2)])
      for (const { exitCode, stderr } of left) if (exitCode === 2) assert.match(stderr[0] ?? '', /^That overlaps with T12345, /)
      assert.equal((await logged(msp)).length, round)
    }
  })

  for (const [words, exitCode, stderr, places] of [
    [[], 0, 'Logged 20 minutes on T12345, Wednesday 2026-01-14 16:20 to 16:40.', ['16:20', '16:40']],
    [['--from', '16:50'], 2, 'That overlaps with T12345, Wednesday 2026-01-14 16:40 to 17:00.', ['16:40']],
    [['--from', '16:50', '--overlap'], 0, 'Logged 20 minutes on T12345, Wednesday 2026-01-14 16:50 to 17:10.', ['16:40', '16:50']],
  ] as const) {
    test(`another entry comes between the look and the writing of: ${[...log, ...words].join(' ')} (${engine})`, async (t) => {
      let between: (() => Promise<unknown>) | undefined
      const step: Step = async (name, effect) => {
        const meanwhile = name === 'outbox.add' ? between : undefined
        if (meanwhile) between = undefined
        await meanwhile?.()
        return effect()
      }
      const options = { sandbox: true, step, now: () => new Date('2026-01-15T21:32:00.000Z') } as const
      const running = await (engine === 'sqlite' ? startMsp(t, options) : startMsp(t, { ...options, engine }))
      if (!running) return
      const { msp } = running
      await run(msp, 'client', 'add', 'Dataforth', '--map', 'syncro')
      between = () => run(msp, ...log)
      const answered = await msp(...log, ...words)
      assert.deepEqual([answered.exitCode, answered.stderr[0]], [exitCode, stderr])
      // Phoenix is seven hours behind
      const starts = (await logged(msp)).map(({ start }) => new Date(start.getTime() - 7 * 3_600_000).toISOString().slice(11, 16))
      assert.deepEqual(starts, places)
    })
  }
}
