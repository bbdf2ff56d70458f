import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type DataKey,
  deriveKey,
  fingerprint,
  keyCheck,
  newDataKey,
  open,
  type Place,
  placeBytes,
  SealError,
  seal,
} from '../../src/vault/cipher.ts'

const installation = '01932f6e-7a1c-7c3d-8e4f-5a6b7c8d9e0f'
const place: Place = {
  table: 'integration_credentials',
  column: 'oauth_token_encrypted',
  row: '01932f70-11d2-7b0a-9c55-0f1e2d3c4b5a',
  gen: 3,
}
const dataKey = newDataKey()

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const name = fc.string({ unit: fc.constantFrom('a', 'b', '0', '-', '_'), minLength: 1, maxLength: 5 })
const gen = fc.option(fc.nat({ max: 12 }), { nil: undefined })
const where = fc.record({ installation: name, table: name, column: name, row: name, gen })
const runs = { numRuns: 1000 }

function reasonOf(run: () => unknown): string {
  try {
    run()
    return 'opened'
  } catch (error) {
    return error instanceof SealError ? error.reason : `not a SealError: ${error}`
  }
}

test('what is sealed opens again in its place, with 38 bytes more', () => {
  fc.assert(
    fc.property(bytes, where, (plaintext, { installation, ...place }) => {
      const sealed = seal(dataKey, installation, place, plaintext)
      assert.deepEqual([open([newDataKey(), dataKey], installation, place, sealed), sealed.length], [plaintext, plaintext.length + 38])
    }),
    runs,
  )
})

test('the same value sealed twice differs', () => {
  assert.notDeepEqual(seal(dataKey, installation, place, Buffer.from('x')), seal(dataKey, installation, place, Buffer.from('x')))
})

test('every flipped bit is refused', () => {
  const sealed = seal(dataKey, installation, place, Buffer.from('a token'))
  const expected = { magic: 'E_FORMAT', version: 'E_VERSION', key: 'E_NOKEY', rest: 'E_TAMPERED' }
  const partOf = (offset: number) => (offset < 4 ? 'magic' : offset < 6 ? 'version' : offset < 10 ? 'key' : 'rest')
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const offset = Math.floor(bit / 8)
    const flipped = Buffer.from(sealed)
    flipped.writeUInt8(flipped.readUInt8(offset) ^ (1 << (bit % 8)), offset)
    assert.deepEqual([bit, reasonOf(() => open([dataKey], installation, place, flipped))], [bit, expected[partOf(offset)]])
  }
})

test('every truncation is refused', () => {
  const sealed = seal(dataKey, installation, place, Buffer.from('a token'))
  for (let length = 0; length < sealed.length; length++) {
    const expected = length < 38 ? 'E_FORMAT' : 'E_TAMPERED'
    assert.deepEqual([length, reasonOf(() => open([dataKey], installation, place, sealed.subarray(0, length)))], [length, expected])
  }
})

test('an extension is refused', () => {
  fc.assert(
    fc.property(bytes, fc.uint8Array({ minLength: 1, maxLength: 40 }), (plaintext, more) => {
      const sealed = Buffer.concat([seal(dataKey, installation, place, plaintext), more])
      assert.equal(
        reasonOf(() => open([dataKey], installation, place, sealed)),
        'E_TAMPERED',
      )
    }),
    runs,
  )
})

for (const [what, installation2, place2] of [
  ['another table', installation, { ...place, table: 'outbox' }],
  ['another column', installation, { ...place, column: 'oauth_refresh_token_encrypted' }],
  ['another row', installation, { ...place, row: '01932f70-11d2-7b0a-9c55-0f1e2d3c4b5b' }],
  ['another generation', installation, { ...place, gen: 2 }],
  ['no generation', installation, { ...place, gen: undefined }],
  ['another installation', '01932f6e-7a1c-7c3d-8e4f-5a6b7c8d9e00', place],
] as const) {
  test(`a value does not open in ${what}`, () => {
    const sealed = seal(dataKey, installation, place, Buffer.from('a token'))
    assert.equal(
      reasonOf(() => open([dataKey], installation2, place2, sealed)),
      'E_TAMPERED',
    )
  })
}

test('two places have the same bytes only when they are the same place', () => {
  const inBytes = ({ installation, ...place }: { installation: string } & Place) => placeBytes(installation, place)
  fc.assert(
    fc.property(where, where, (one, other) => {
      const same = JSON.stringify(Object.values(one)) === JSON.stringify(Object.values(other))
      assert.equal(inBytes(one).equals(inBytes(other)), same)
    }),
    runs,
  )
})

test('parts that only together spell the same are different places', () => {
  const spelled = [
    ['ab', 'c'],
    ['a', 'bc'],
  ].map(([table = '', column = '']) => placeBytes('i', { table, column, row: 'r' }))
  assert.equal(new Set(spelled.map((bytes) => bytes.toString('hex'))).size, 2)
})

for (const wrong of ['', 'Ab', 'a b', 'ä', '\ud800', 'a\0'] as const) {
  test(`an id ${JSON.stringify(wrong)} is a bug, for sealing and for opening`, () => {
    const sealed = seal(dataKey, installation, place, Buffer.from('a token'))
    assert.throws(() => seal(dataKey, installation, { ...place, row: wrong }, Buffer.alloc(0)), TypeError)
    assert.throws(() => open([dataKey], wrong, place, sealed), TypeError)
  })
}

for (const wrong of [-1, 1.5, Number.NaN, 2 ** 53]) {
  test(`a generation ${wrong} is a bug`, () => {
    assert.throws(() => placeBytes(installation, { ...place, gen: wrong }), TypeError)
  })
}

test('arbitrary bytes throw nothing but a SealError', () => {
  const header = fc.constantFrom('', '4d535031', '4d5350310100', `4d5350310100${dataKey.id.toString(16).padStart(8, '0')}`)
  fc.assert(
    fc.property(header, bytes, (start, rest) => {
      assert.match(
        reasonOf(() => open([dataKey], installation, place, Buffer.concat([Buffer.from(start, 'hex'), rest]))),
        /^E_/,
      )
    }),
    runs,
  )
})

test('the wrong key under the right number is refused', () => {
  const sealed = seal(dataKey, installation, place, Buffer.from('a token'))
  assert.equal(
    reasonOf(() => open([{ ...newDataKey(), id: dataKey.id }], installation, place, sealed)),
    'E_TAMPERED',
  )
})

test('a refusal says which value, why, and what to do', () => {
  const sealed = seal(dataKey, installation, place, Buffer.from('a token'))
  const newer = Buffer.from(sealed)
  newer[4] = 2
  const refusals = [Buffer.from('plain'), newer, sealed].map((bytes) => {
    try {
      return open([], installation, place, bytes)
    } catch (error) {
      if (!(error instanceof SealError)) throw error
      const { name, code, reason, message, hint } = error
      return { name, code, reason, message, hint }
    }
  })
  const value = 'The value in integration_credentials.oauth_token_encrypted, row 01932f70-11d2-7b0a-9c55-0f1e2d3c4b5a,'
  assert.deepEqual(refusals, [
    {
      name: 'SealError',
      code: 'storage',
      reason: 'E_FORMAT',
      message: `${value} was not sealed by msp.`,
      hint: 'Something else wrote it. Connect that system again: msp integrate',
    },
    {
      name: 'SealError',
      code: 'storage',
      reason: 'E_VERSION',
      message: `${value} is sealed in a way that this msp does not know.`,
      hint: 'A newer msp has probably written it: update msp on this machine.',
    },
    {
      name: 'SealError',
      code: 'locked',
      reason: 'E_NOKEY',
      message: `${value} is sealed with a key that this database does not have: it belongs to another installation of msp, or is damaged.`,
      hint: 'Find out who put it there. Connect that system again: msp integrate',
    },
  ])
})

test('a new data key has 32 bytes and a number that is neither 0 nor the one of slots', () => {
  const keys = Array.from({ length: 100 }, newDataKey)
  assert.deepEqual(
    keys.filter(({ id, key }) => key.length !== 32 || id < 2 || id >= 2 ** 32),
    [],
  )
  assert.equal(new Set(keys.map(({ key }) => key.toString('hex'))).size, 100)
})

test('a key that is too short, or has the number 0, seals nothing', () => {
  assert.throws(() => seal({ id: 7, key: Buffer.alloc(16) }, installation, place, Buffer.alloc(0)), TypeError)
  assert.throws(() => seal({ id: 0, key: Buffer.alloc(32) }, installation, place, Buffer.alloc(0)), TypeError)
})

test('deriving a key is HKDF-SHA256, as `openssl kdf` computes it', () => {
  assert.equal(
    deriveKey(Buffer.alloc(32, 1), 'msp/v1/field').toString('hex'),
    '54d899e5dac0595e15aa058c8b22683cb455d1b51cc0699a6b30b24101dbcd4c',
  )
})

test('the key check and the fingerprint belong to one key', () => {
  const key: DataKey = { id: 7, key: Buffer.alloc(32, 1) }
  const other: DataKey = { id: 7, key: Buffer.alloc(32, 2) }
  assert.deepEqual(
    [keyCheck(key).equals(keyCheck({ ...key, id: 8 })), keyCheck(key).equals(keyCheck(other)), keyCheck(key).length],
    [true, false, 32],
  )
  assert.match(fingerprint(key, 'a'), /^[0-9a-f]{64}$/)
  assert.equal(new Set([fingerprint(key, 'a'), fingerprint(key, 'b'), fingerprint(other, 'a')]).size, 3)
})
