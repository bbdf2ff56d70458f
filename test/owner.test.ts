import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { isDead, thisOwner, toOwnerText } from '../src/owner.ts'
import { anyText } from './support/text.ts'

const me = thisOwner('laptop')

test('a process that runs is not dead, not even to itself', () => assert.equal(isDead(toOwnerText(me), me), false))

test('a process that has ended is dead', () => {
  const { pid } = spawnSync(process.execPath, ['--version'])
  assert.equal(isDead(toOwnerText({ ...me, pid }), me), true)
})

test('of another machine nothing is known, whatever its processes are called', () => {
  assert.equal(isDead(toOwnerText({ ...me, machine: 'desk', boot: 'another', pid: 1 }), me), false)
  assert.equal(isDead('', me), false)
})

test('what this machine had before it was started again is dead', () => {
  assert.equal(isDead(toOwnerText({ ...me, boot: 'before' }), me), true)
})

test('another process that has the number of a dead one is not taken for it', { skip: process.platform !== 'linux' }, () => {
  assert.equal(isDead(toOwnerText({ ...me, started: '1' }), me), true)
})

test('whatever stands in a claim, a process of another machine is never called dead', () =>
  fc.assert(
    fc.property(anyText(), (text) => {
      const [machine] = text.split('|')
      assert.equal(isDead(text, { ...me, machine: `not ${machine}` }), false)
    }),
  ))

test('whatever stands behind the name of this machine can be read', () =>
  fc.assert(fc.property(fc.array(anyText()), (parts) => assert.equal(typeof isDead(['laptop', ...parts].join('|'), me), 'boolean'))))
