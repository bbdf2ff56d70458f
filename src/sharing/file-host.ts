/** A file on this machine that is offered under a link. */
export interface SharedFile {
  path: string
  /** As the one who fetches it sees it. */
  name: string
  sizeBytes: number
  /** SHA-256 in hex. */
  checksum: string
}

/** A link that lives for a short time. */
export interface Offer {
  /** https, and not to be guessed. */
  url: string
  until: Date
  /** How often the whole file was fetched; null where the host does not tell. */
  fetched(): number | null
  /** Why the file cannot be had from the link any more, as a sentence. */
  problem(): string | undefined
  /** Ends the link and takes the file away from where it was put. Safe to repeat. */
  withdraw(): Promise<void>
}

/** A place from which a vendor can fetch a local file. */
export interface FileHost {
  /** As a person reads it: `https://tunnel.example.com`, `the bucket reports at s3.example.com`. */
  readonly place: string
  offer(file: SharedFile): Promise<Offer>
}
