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
  /** After it nobody can begin to fetch the file; who has begun gets all of it. */
  until: Date
  /** How often the whole file was fetched; null where the host does not tell. */
  fetched(): number | null
  /** True while a fetch is under way; false where the host does not tell. */
  isBeingFetched(): boolean
  /** What is known of why nobody has fetched it, as a sentence. */
  missed(): string | undefined
  /** Why the file cannot be had from the link any more, as a sentence. */
  problem(): string | undefined
  /** Ends the link and takes the file away from where it was put. Safe to repeat. */
  withdraw(): Promise<void>
}

/** A place from which a vendor can fetch a local file. */
export interface FileHost {
  /** As a person reads it: `https://tunnel.example.com`, `the bucket reports at s3.example.com`. */
  readonly place: string
  /** For how long anybody could be fetching a file of that size from its link, at most. */
  lifeMs(sizeBytes: number): number
  offer(file: SharedFile): Promise<Offer>
}

const slowest = 50_000 // bytes per second that a line must carry

/** How much longer than the link may live a fetch of it may take that has begun in time. */
export const longestFetchMs = (sizeBytes: number): number => Math.floor(sizeBytes / slowest) * 1000
