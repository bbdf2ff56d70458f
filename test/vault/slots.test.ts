import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newDataKey, SealError } from '../../src/vault/cipher.ts'
import {
  isSlotMac,
  newMachineKey,
  newRecoveryCode,
  publicKeyOf,
  type SlotAddress,
  slotMac,
  stretch,
  unwrapForMachine,
  unwrapWithCode,
  unwrapWithPassphrase,
  wrapForMachine,
  wrapWithCode,
  wrapWithPassphrase,
} from '../../src/vault/slots.ts'

const slot: SlotAddress = { installation: '01932f6e-7a1c-7c3d-8e4f-5a6b7c8d9e0f', id: '01932f71-5555-7b0a-9c55-0f1e2d3c4b5a' }
const otherSlot: SlotAddress = { ...slot, id: '01932f71-5555-7b0a-9c55-0f1e2d3c4b5b' }
const otherInstallation: SlotAddress = { ...slot, installation: '01932f6e-7a1c-7c3d-8e4f-5a6b7c8d9e00' }
const dataKey = newDataKey()
const dek = dataKey.key

const tampered = { name: 'SealError', reason: 'E_TAMPERED', code: 'storage' }

test('a machine slot has 102 bytes and opens with the private key of its public key', () => {
  const privateKey = newMachineKey()
  const wrapped = wrapForMachine(slot, publicKeyOf(privateKey), dek)
  assert.deepEqual([wrapped.length, unwrapForMachine(slot, privateKey, wrapped)], [102, dek])
})

test('a machine slot opens with no other private key', () => {
  const wrapped = wrapForMachine(slot, publicKeyOf(newMachineKey()), dek)
  assert.throws(() => unwrapForMachine(slot, newMachineKey(), wrapped), tampered)
})

test('wrapped keys that were swapped between slots or installations are refused', () => {
  const privateKey = newMachineKey()
  const wrapped = wrapForMachine(slot, publicKeyOf(privateKey), dek)
  assert.throws(() => unwrapForMachine(otherSlot, privateKey, wrapped), tampered)
  assert.throws(() => unwrapForMachine(otherInstallation, privateKey, wrapped), tampered)
})

test('every flipped bit of a machine slot is refused', () => {
  const privateKey = newMachineKey()
  const wrapped = wrapForMachine(slot, publicKeyOf(privateKey), dek)
  for (let bit = 0; bit < wrapped.length * 8; bit++) {
    const flipped = Buffer.from(wrapped)
    const offset = Math.floor(bit / 8)
    flipped.writeUInt8(flipped.readUInt8(offset) ^ (1 << (bit % 8)), offset)
    assert.throws(() => unwrapForMachine(slot, privateKey, flipped), SealError)
  }
})

test('a machine slot of another length is refused', () => {
  const privateKey = newMachineKey()
  const wrapped = wrapForMachine(slot, publicKeyOf(privateKey), dek)
  for (const wrong of [Buffer.alloc(0), wrapped.subarray(0, 101), Buffer.concat([wrapped, Buffer.alloc(1)])]) {
    assert.throws(() => unwrapForMachine(slot, privateKey, wrong), { name: 'SealError', reason: 'E_FORMAT' })
  }
})

for (const [what, lowOrder] of [
  ['0', '00'.repeat(32)],
  ['1', `01${'00'.repeat(31)}`],
  ['of order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
  ['of order 8, the second', '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'],
  ['p - 1', `ec${'ff'.repeat(30)}7f`],
  ['p', `ed${'ff'.repeat(30)}7f`],
  ['p + 1', `ee${'ff'.repeat(30)}7f`],
] as const) {
  test(`a public key that makes every shared secret zero (${what}) is refused, in both directions`, () => {
    const planted = Buffer.from(lowOrder, 'hex')
    const wrapped = wrapForMachine(slot, publicKeyOf(newMachineKey()), dek)
    assert.throws(() => wrapForMachine(slot, planted, dek), tampered)
    assert.throws(() => unwrapForMachine(slot, newMachineKey(), Buffer.concat([planted, wrapped.subarray(32)])), tampered)
  })
}

test('a public key that is too short is refused', () => {
  assert.throws(() => wrapForMachine(slot, Buffer.alloc(31, 9), dek), tampered)
})

test("Alice's public key is the one of RFC 7748, section 6.1", () => {
  const alice = Buffer.from('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a', 'hex')
  assert.equal(publicKeyOf(alice).toString('hex'), '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
})

test('the mac of a slot holds for its id, label, public key and data key only', () => {
  const machine = { id: slot.id, label: 'desk', pub: publicKeyOf(newMachineKey()) }
  const mac = slotMac(dataKey, machine)
  const verdicts = {
    same: isSlotMac(dataKey, machine, mac),
    id: isSlotMac(dataKey, { ...machine, id: otherSlot.id }, mac),
    label: isSlotMac(dataKey, { ...machine, label: 'laptop' }, mac),
    pub: isSlotMac(dataKey, { ...machine, pub: publicKeyOf(newMachineKey()) }, mac),
    dataKey: isSlotMac(newDataKey(), machine, mac),
    short: isSlotMac(dataKey, machine, mac.subarray(0, 4)),
    empty: isSlotMac(dataKey, machine, Buffer.alloc(0)),
  }
  assert.deepEqual(verdicts, { same: true, id: false, label: false, pub: false, dataKey: false, short: false, empty: false })
})

test('a NUL in a label cannot move the border to the public key', () => {
  const pub = publicKeyOf(newMachineKey())
  const mac = slotMac(dataKey, { id: slot.id, label: 'desk', pub: Buffer.concat([Buffer.from('x\0'), pub]) })
  assert.equal(isSlotMac(dataKey, { id: slot.id, label: 'desk\0x', pub }, mac), false)
  assert.throws(() => slotMac(dataKey, { id: slot.id, label: 'desk\0x', pub }), { code: 'usage' })
})

test('argon2id gives the known answer', async () => {
  const key = await stretch(Buffer.from('correct horse battery staple'), Buffer.alloc(16, 1), '$argon2id$v=19$m=65536,t=3,p=4')
  assert.equal(key.toString('hex'), '78c931611fc9fecc98be09535af9c8e3e6049755cb69f25b25ac0fefb60e2390')
})

for (const kdf of ['', 'scrypt', '$argon2i$v=19$m=65536,t=3,p=4', '$argon2id$v=19$m=99999999,t=3,p=4', '$argon2id$v=19$m=65536,t=0,p=4']) {
  test(`a slot made with ${JSON.stringify(kdf)} is refused`, async () => {
    await assert.rejects(stretch(Buffer.from('x'), Buffer.alloc(16), kdf), { name: 'MspError', code: 'storage' })
  })
}

test('a recovery code has eight groups of four and is never the same', () => {
  const codes = Array.from({ length: 200 }, newRecoveryCode)
  assert.deepEqual(
    codes.filter((code) => !/^([A-Z2-7]{4}-){7}[A-Z2-7]{4}$/.test(code)),
    [],
  )
  assert.equal(new Set(codes).size, 200)
  assert.equal(new Set(codes.join('').replaceAll('-', '')).size, 32)
})

test('a code opens its slot, also in lower case with spaces', async () => {
  const code = newRecoveryCode()
  const typed = await wrapWithCode(slot, code, dek)
  const { salt, kdf, wrappedDek } = typed
  assert.deepEqual([salt.length, kdf, wrappedDek.length], [16, '$argon2id$v=19$m=65536,t=3,p=4', 70])
  assert.deepEqual(await unwrapWithCode(slot, code, typed), dek)
  assert.deepEqual(await unwrapWithCode(slot, ` ${code.toLowerCase().replaceAll('-', ' ')}\n`, typed), dek)
})

test('a wrong code, another slot and another salt are refused with one sentence', async () => {
  const code = newRecoveryCode()
  const typed = await wrapWithCode(slot, code, dek)
  const refusal = {
    code: 'locked',
    message: 'This code does not open the vault.',
    hint: 'Compare each group with what was printed; a new code has replaced those from before.',
  }
  await assert.rejects(unwrapWithCode(slot, newRecoveryCode(), typed), refusal)
  await assert.rejects(unwrapWithCode(otherSlot, code, typed), refusal)
  await assert.rejects(unwrapWithCode(slot, code, { ...typed, salt: Buffer.alloc(16) }), refusal)
})

test('a code slot that is not one of ours says so', async () => {
  const code = newRecoveryCode()
  const typed = await wrapWithCode(slot, code, dek)
  await assert.rejects(unwrapWithCode(slot, code, { ...typed, wrappedDek: Buffer.from('plain') }), { reason: 'E_FORMAT' })
})

for (const code of ['', 'ABCD', 'ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ23-4560', `${'ABCD-'.repeat(8)}E`]) {
  test(`what cannot be a code is refused before it costs an argon2: ${JSON.stringify(code)}`, async () => {
    await assert.rejects(unwrapWithCode(slot, code, { salt: Buffer.alloc(16), kdf: 'never read', wrappedDek: Buffer.alloc(70) }), {
      code: 'usage',
      message: 'A code has eight groups of four characters: the letters A to Z and the digits 2 to 7.',
      hint: 'What looks like 0, 1 or 8 is the letter O, I or B.',
    })
  })
}

test('a passphrase opens its slot however its letters are composed', async () => {
  const typed = await wrapWithPassphrase(slot, 'fünf große Eier', dek)
  assert.deepEqual(await unwrapWithPassphrase(slot, 'fünf große Eier'.normalize('NFD'), typed), dek)
})

test('a wrong passphrase is refused with its own sentence', async () => {
  const typed = await wrapWithPassphrase(slot, 'five large eggs', dek)
  await assert.rejects(unwrapWithPassphrase(slot, 'five small eggs', typed), {
    code: 'locked',
    message: 'This passphrase does not open the vault.',
    hint: 'Try again, or run `msp key recover` with the recovery code.',
  })
})

test('a passphrase of eleven characters is refused, however many bytes it has', async () => {
  await assert.rejects(wrapWithPassphrase(slot, '🥚'.repeat(11), dek), {
    code: 'usage',
    message: 'A passphrase needs at least 12 characters.',
  })
})
