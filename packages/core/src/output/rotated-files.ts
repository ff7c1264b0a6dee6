import { type BigIntStats, promises as fs } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

/** Which file something was read from, whatever it is called by now. */
export function identityOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${birthtimeNs}`
}

/** One of the files that an output is in. */
export interface RotatedFile {
  readonly path: string
  readonly identity: string
}

/** `<path>.N` ... `<path>.1`, `<path>`: those that there are at one moment, oldest first. */
export async function rotatedFiles(path: string): Promise<RotatedFile[]> {
  let before: RotatedFile[] | null = null
  // A rotation in the middle of a look hides a file or shows one twice; two looks that see the same saw no rotation between them.
  for (;;) {
    const now = await lookAtAll(path)
    if (before !== null && isDeepStrictEqual(now, before)) return now
    before = now
  }
}

async function lookAtAll(path: string): Promise<RotatedFile[]> {
  const folder = dirname(path)
  const prefix = `${basename(path)}.`
  const numbers = (await fs.readdir(folder))
    .filter((name) => name.startsWith(prefix) && /^[1-9]\d{0,3}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((one, other) => other - one)
  const paths = [...numbers.map((number) => join(folder, `${prefix}${number}`)), path]
  return (await Promise.all(paths.map(look))).filter((file) => file !== null)
}

async function look(path: string): Promise<RotatedFile | null> {
  try {
    const stats = await fs.lstat(path, { bigint: true })
    return stats.isFile() ? { path, identity: identityOf(stats) } : null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
