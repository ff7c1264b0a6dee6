import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { ExecdError, type Stdio } from '@execd/core/driver'

type File = Extract<Stdio, { type: 'file' }>

const { O_RDONLY, O_WRONLY, O_CREAT, O_TRUNC, O_APPEND, O_NOCTTY, O_NONBLOCK } = constants

/**
 * Opens a file of the host for a standard descriptor. A FIFO is refused, since opening it would wait for its other end, and hold a thread of Node's pool
 * for as long; so is a socket. Rejects with EXECD_INVALID_OPTION for those, else with the error of open(2).
 */
export async function openFile(file: File, input: boolean): Promise<FileHandle> {
  const how = input ? O_RDONLY : O_WRONLY | O_CREAT | (file.append ? O_APPEND : O_TRUNC)
  const flags = how | O_NOCTTY
  let handle: FileHandle
  try {
    handle = await open(file.path, flags | O_NONBLOCK, 0o600)
  } catch (error) {
    // a FIFO without a reader, a socket
    throw (error as { code?: unknown }).code === 'ENXIO' ? notAFile(file, error) : error
  }
  try {
    const found = await handle.stat()
    if (found.isFIFO()) throw notAFile(file)
    if (found.isFile()) return handle
    // a device or a terminal must not keep O_NONBLOCK, which its other users would have to bear
    const again = await open(`/proc/self/fd/${handle.fd}`, flags & ~(O_CREAT | O_TRUNC))
    await handle.close()
    return again
  } catch (error) {
    await handle.close()
    throw error
  }
}

function notAFile({ path }: File, cause?: unknown): ExecdError {
  return new ExecdError('EXECD_INVALID_OPTION', `stdio: ${path} is a FIFO or a socket, not a file`, {
    hint: 'open it yourself and give the descriptor: { fd }',
    details: { driver: 'native', path: 'stdio', got: path, wanted: 'a file or a device' },
    cause,
  })
}
