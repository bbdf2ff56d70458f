import type { Row } from '../db/tables.ts'

export type Client = Row<'clients'>
export type ClientMapping = Row<'clientMappings'>

/** A client as a vendor knows it. */
export interface VendorClient {
  id: string
  name: string
}

/** The clients of a vendor. */
export interface ClientDirectory {
  /** Those whose name contains the words, at least. */
  search(words: string): Promise<VendorClient[]>
  /** Undefined when the vendor has no client of this id. */
  get(id: string): Promise<VendorClient | undefined>
}

/** A name as it is compared: without case, accents, and the white space and marks between words. */
export const toNameKey = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}&]+/gu, ' ')
    .trim()
