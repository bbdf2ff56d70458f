/** Every effect passes this seam under a name of its own; a test can fail or stop it there. */
export type Step = <T>(name: string, effect: () => Promise<T>) => Promise<T>

/** Time limits in milliseconds, and how fast calls go. */
export interface Limits {
  /** One request to a vendor. */
  request: number
  /** One request for everything that there is. */
  list: number
  /** Before a vendor is looked at for a write whose outcome is unknown: its own lag, and a request that may still be on its way. */
  settle: number
  /** A claim on a write: longer than a request. */
  lease: number
  /** A claim on renewing a sign-in: longer than a request, and short, since what a vendor forgives it forgives for seconds. */
  refresh: number
  /** For a sign-in, with the person at the browser. */
  signIn: number
  /** How long a command tries to deliver while a person waits. */
  interactive: number
  /** How long a command looks for something to offer that nobody has asked for. */
  offer: number
  /** How long a vendor has to fetch a file from its link. */
  attach: number
  /** A keychain that asks its owner first. */
  keychain: number
  /** How long what a client will see waits on a terminal, for second thoughts. */
  undo: number
  /** Another program that holds the SQLite file. */
  lock: number
  /** How many times as fast as the vendors allow calls go. 1, but for tests and measurements; Infinity lets every call go at once. */
  pace: number
  /** One statement in a MariaDB. */
  statement: number
}

export const standardLimits: Limits = {
  request: 10_000,
  list: 60_000,
  settle: 15_000,
  lease: 20_000,
  refresh: 15_000,
  signIn: 300_000,
  interactive: 30_000,
  offer: 4000,
  attach: 120_000,
  keychain: 30_000,
  undo: 5000,
  lock: 5000,
  pace: 1,
  statement: 30_000,
}
