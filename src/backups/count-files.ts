import { readTar, readZip } from './archive.ts'
import { measureFolder } from './folder.ts'
import { cannotLookInto, findKind } from './kind.ts'
import { readUnchanged } from './read-file.ts'
import { createUnpackMeter, standardUnpackLimits, type UnpackLimits } from './unpack-limits.ts'

/** How many files are in an archive or a folder: everything but folders. */
export async function countFiles(path: string, signal: AbortSignal, limits: UnpackLimits = standardUnpackLimits): Promise<number> {
  const found = await findKind(path)
  if (found?.kind === 'folder') return (await measureFolder(path, signal)).files
  if (found?.kind !== 'zip' && found?.kind !== 'tar') throw cannotLookInto(path, 'zip, tar and tar.gz, and folders')
  return readUnchanged(path, signal, async (file) => {
    let files = 0
    const meter = createUnpackMeter(file.size, limits)
    const count = async ({ kind }: { kind: string }) => {
      signal.throwIfAborted()
      meter.entry()
      if (kind !== 'folder') files++
    }
    if (found.kind === 'zip') await readZip(file, count)
    else await readTar(file, found.isCompressed, meter, count)
    return files
  })
}
