import { rmSync } from 'node:fs'
import type { TestContext } from 'node:test'
import S3rver from '@20minutes/s3rver'
import { temporaryFolder } from './engines.ts'

export const bucket = 'reports'
/** The key that the server knows; it checks every signature. */
export const key = { id: 'S3RVER', secret: 'S3RVER' }

/** An S3 server with one bucket, and the folder in which that keeps its objects. */
export async function startS3(t: TestContext): Promise<{ endpoint: string; folder: string }> {
  const folder = temporaryFolder(t)
  const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory: folder, configureBuckets: [{ name: bucket }] })
  const { port } = await server.run()
  t.after(async () => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { endpoint: `http://127.0.0.1:${port}`, folder }
}
