// Made once by the first release. Every later version must open these: the files are only ever added to.
import assert from 'node:assert/strict'
import { createHmac, createPrivateKey, createPublicKey, diffieHellman, webcrypto } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fingerprint, keyCheck, open, type Place } from '../../src/vault/cipher.ts'
import { readKeyFile } from '../../src/vault/key-file.ts'
import { isSlotMac, publicKeyOf, unwrapForMachine, unwrapWithCode, unwrapWithPassphrase } from '../../src/vault/slots.ts'

interface Values {
  installation: string
  dataKeys: { id: number; key: string; keyCheck: string }[]
  fingerprints: { text: string; fingerprint: string }[]
  values: { place: Place; plaintext: string; sealed: string }[]
}
type MachineSlot = Record<'installation' | 'id' | 'label' | 'privateKey' | 'pub' | 'wrappedDek' | 'mac', string> & {
  dataKey: { id: number; key: string }
}
type TypedSlot = Record<'installation' | 'id' | 'salt' | 'kdf' | 'wrappedDek' | 'dek', string>

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../golden/vault/${name}.json`, import.meta.url), 'utf8'))
const hex = (text: string) => Buffer.from(text, 'hex')
const toTyped = ({ salt, kdf, wrappedDek }: TypedSlot) => ({ salt: hex(salt), kdf, wrappedDek: hex(wrappedDek) })

const { installation, dataKeys, fingerprints, values } = read<Values>('values')
const keys = dataKeys.map(({ id, key }) => ({ id, key: hex(key) }))

for (const { place, plaintext, sealed } of values) {
  test(`the golden value of ${place.table}.${place.column}, row ${place.row}, opens`, () => {
    assert.equal(open(keys, installation, place, hex(sealed)).toString('hex'), plaintext)
  })
}

test('the golden key checks and fingerprints are the same today', () => {
  const [newest] = keys
  assert.ok(newest)
  assert.deepEqual(
    keys.map((key) => keyCheck(key).toString('hex')),
    dataKeys.map((key) => key.keyCheck),
  )
  assert.deepEqual(
    fingerprints.map(({ text }) => ({ text, fingerprint: fingerprint(newest, text) })),
    fingerprints,
  )
})

test('the golden machine slot opens, and its mac holds', () => {
  const slot = read<MachineSlot>('machine-slot')
  const dek = unwrapForMachine(slot, hex(slot.privateKey), hex(slot.wrappedDek))
  assert.deepEqual([dek.toString('hex'), publicKeyOf(hex(slot.privateKey)).toString('hex')], [slot.dataKey.key, slot.pub])
  assert.equal(isSlotMac({ id: slot.dataKey.id, key: dek }, { ...slot, pub: hex(slot.pub) }, hex(slot.mac)), true)
})

test('the golden recovery slot opens with its code', async () => {
  const slot = read<TypedSlot & { code: string }>('recovery-slot')
  assert.equal((await unwrapWithCode(slot, slot.code, toTyped(slot))).toString('hex'), slot.dek)
})

test('the golden passphrase slot opens with its passphrase', async () => {
  const slot = read<TypedSlot & { passphrase: string }>('passphrase-slot')
  assert.equal((await unwrapWithPassphrase(slot, slot.passphrase, toTyped(slot))).toString('hex'), slot.dek)
})

test('the golden key file is read', async (t) => {
  const { content, key, pub } = read<Record<'content' | 'key' | 'pub', string>>('key-file')
  const folder = mkdtempSync(join(tmpdir(), 'msp-golden-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'key'), content, { mode: 0o600 })
  const found = await readKeyFile(join(folder, 'key'))
  assert.deepEqual([found.toString('hex'), publicKeyOf(found).toString('hex')], [key, pub])
})

// From here on nothing of src is used: the layout is written down a second time, with WebCrypto and an HKDF by hand.

const hmac = (key: Buffer, ...parts: (Buffer | string)[]) =>
  parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest()
const hkdf = (key: Buffer, salt: Buffer, info: string) => hmac(hmac(salt, key), info, Buffer.from([1]))
const prefixed = (text: string) =>
  Buffer.concat([Buffer.from(Buffer.byteLength(text).toString(16).padStart(8, '0'), 'hex'), Buffer.from(text)])

async function openByTheBook(key: Buffer, sealed: Buffer, parts: string[]): Promise<Buffer> {
  const fieldKey = await webcrypto.subtle.importKey('raw', hkdf(key, Buffer.alloc(32), 'msp/v1/field'), 'AES-GCM', false, ['decrypt'])
  const additionalData = Buffer.concat([sealed.subarray(0, 10), ...parts.map(prefixed)])
  return Buffer.from(
    await webcrypto.subtle.decrypt(
      { name: 'AES-GCM', iv: sealed.subarray(10, 22), additionalData, tagLength: 128 },
      fieldKey,
      sealed.subarray(22),
    ),
  )
}

test('the golden values open from the description of the layout alone', async () => {
  for (const { place, plaintext, sealed } of values) {
    const bytes = hex(sealed)
    const key = dataKeys.find(({ id }) => id === bytes.readUInt32BE(6))?.key ?? ''
    const parts = [installation, place.table, place.column, place.row, ...(place.gen === undefined ? [] : [String(place.gen)])]
    assert.deepEqual(
      [bytes.subarray(0, 6).toString('latin1'), (await openByTheBook(hex(key), bytes, parts)).toString('hex')],
      ['MSP1\x01\0', plaintext],
    )
  }
})

test('the golden machine slot opens from the description of the layout alone', async () => {
  const slot = read<MachineSlot>('machine-slot')
  const url = (bytes: Buffer) => bytes.toString('base64url')
  const [ephemeral, envelope] = [hex(slot.wrappedDek).subarray(0, 32), hex(slot.wrappedDek).subarray(32)]
  const shared = diffieHellman({
    privateKey: createPrivateKey({
      format: 'jwk',
      key: { kty: 'OKP', crv: 'X25519', d: url(hex(slot.privateKey)), x: url(hex(slot.pub)) },
    }),
    publicKey: createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'X25519', x: url(ephemeral) } }),
  })
  const key = hkdf(shared, Buffer.concat([ephemeral, hex(slot.pub)]), `msp/v1/slot/${slot.id}`)
  const dek = await openByTheBook(key, envelope, [slot.installation, 'key_slots', 'wrapped_dek', slot.id])
  const mac = hmac(hkdf(dek, Buffer.alloc(32), 'msp/v1/slot'), slot.id, '\0', slot.label, '\0', hex(slot.pub))
  assert.deepEqual([envelope.readUInt32BE(6), dek.toString('hex'), mac.toString('hex')], [1, slot.dataKey.key, slot.mac])
})
