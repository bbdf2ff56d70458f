import { v7 } from 'uuid'

/** A new id: UUIDv7, so that the order of ids is the order in which rows were made. */
export const newId = (): string => v7()

const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ' // without I, L, O and U, which are misread or make words

/** Four letters and digits that a person can type. */
export const newShortId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => letters[byte % letters.length]).join('')
