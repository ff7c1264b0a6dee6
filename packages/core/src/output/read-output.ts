import { constants, type FSWatcher, promises as fs, watch } from 'node:fs'
import { dirname } from 'node:path'
import { sleep } from '../util/deadline.js'
import { onAbort } from '../util/on-abort.js'
import { identityOf, rotatedFiles } from './rotated-files.js'

const PIECE = 64 * 1024
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
/** How long a change that the kernel does not tell of (network file systems) may stay unseen. */
const LOOK_AGAIN_MS = 500

/** A place in an output: plain data, to be stored and read on from later, also when files were rotated meanwhile. */
export interface OutputPosition {
  readonly file: string
  readonly offset: number
}

/** A piece of an output. */
export interface OutputPiece {
  readonly data: Buffer
  /** Just behind `data`. */
  readonly position: OutputPosition
  /** Output before this piece may be lost: the file of the position was rotated away. */
  readonly gap: boolean
}

/** Options of `readOutput`. */
export interface ReadOutputOptions {
  /** Where to go on. Default: at the oldest byte that there is. */
  readonly position?: OutputPosition | null
  /** Goes on with what comes, until this settles (such as `container.wait()`), and then to the end; `true`: until `signal` fires. Default: false, what there is now. */
  readonly follow?: boolean | Promise<unknown>
  /** Ends the reading at once, without an error. */
  readonly signal?: AbortSignal
}

/**
 * Reads an output file that may be rotated (`<path>`, `<path>.1`, ...) while it is written, in the order in which it was written. Needs no container: it works
 * long after the end. Throws the system's error when a file cannot be read; a file that is not there yet is empty.
 */
export async function* readOutput(
  path: string,
  options: ReadOutputOptions = {},
): AsyncGenerator<OutputPiece> {
  const { follow = false, signal } = options
  const end = endOf(follow, signal)
  const changes = new Changes(follow === false ? null : dirname(path))
  let position = options.position ?? null
  let gap = false
  try {
    for (;;) {
      const last = follow === false || end.signal.aborted
      changes.forget()
      for (let newest = false; !newest; ) {
        const file = await nextFile(path, position)
        newest = file?.newest ?? true
        gap ||= file?.gap ?? false
        if (file === null) break
        for await (const { data, offset } of pieces(file.handle, file.offset)) {
          if (signal?.aborted) return
          position = { file: file.identity, offset }
          yield { data, position, gap }
          gap = false
        }
      }
      if (last || signal?.aborted) return
      await changes.next(end.signal)
    }
  } finally {
    changes.close()
    end.forget()
  }
}

interface OpenFile {
  readonly handle: fs.FileHandle
  readonly identity: string
  readonly offset: number
  readonly newest: boolean
  readonly gap: boolean
}

/** The file to read on in: the one of the position while it has more, else the next newer one that has something. Null: none. `pieces` closes the handle. */
async function nextFile(path: string, position: OutputPosition | null): Promise<OpenFile | null> {
  for (;;) {
    const files = await rotatedFiles(path)
    const at = files.findIndex(({ identity }) => identity === position?.file)
    const gap = position !== null && at === -1
    let renamed = false
    for (const [index, { path: name, identity }] of files.entries()) {
      if (index < at) continue
      const handle = await fs.open(name, READ).catch(missing)
      const stats = await handle?.stat({ bigint: true })
      renamed = handle === null || stats === undefined || identityOf(stats) !== identity
      const offset = index === at && position !== null ? position.offset : 0
      const newest = index === files.length - 1
      if (handle !== null && stats !== undefined && !renamed && (newest || stats.size > offset)) {
        return { handle, identity, offset, newest, gap }
      }
      await handle?.close()
      if (renamed) break
    }
    if (!renamed) return null
  }
}

async function* pieces(
  handle: fs.FileHandle,
  from: number,
): AsyncGenerator<{ readonly data: Buffer; readonly offset: number }> {
  try {
    for (let offset = from; ; ) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(PIECE), 0, PIECE, offset)
      if (bytesRead === 0) return
      offset += bytesRead
      yield { data: buffer.subarray(0, bytesRead), offset }
    }
  } finally {
    await handle.close()
  }
}

function missing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}

/** Tells that something changed in a folder since `forget`. */
class Changes {
  #watcher: FSWatcher | null = null
  #changed = new AbortController()

  constructor(folder: string | null) {
    if (folder === null) return
    try {
      this.#watcher = watch(folder, () => this.#changed.abort())
      // No more watches (inotify's limit), or a folder that is gone: what is left is to look again.
      this.#watcher.on('error', () => {})
    } catch {}
  }

  forget(): void {
    if (this.#changed.signal.aborted) this.#changed = new AbortController()
  }

  async next(end: AbortSignal): Promise<void> {
    await sleep(LOOK_AGAIN_MS, AbortSignal.any([this.#changed.signal, end]))
  }

  close(): void {
    this.#watcher?.close()
  }
}

/** A signal that fires when there is nothing more to follow. */
function endOf(
  follow: boolean | Promise<unknown>,
  signal: AbortSignal | undefined,
): { readonly signal: AbortSignal; readonly forget: () => void } {
  const end = new AbortController()
  const stop = (): void => end.abort()
  if (typeof follow === 'object') follow.then(stop, stop)
  if (signal?.aborted) stop()
  return { signal: end.signal, forget: signal === undefined ? () => {} : onAbort(signal, stop) }
}
