declare module '@20minutes/s3rver' {
  import type { AddressInfo } from 'node:net'

  /** What the tests use of it; it comes without types. */
  export default class S3rver {
    constructor(options: object)
    run(): Promise<AddressInfo>
    close(): Promise<void>
  }
}
