const F_WRLCK = 1
const F_UNLCK = 2

/** struct flock of 64-bit Linux that asks for an exclusive lock: type, whence 0, start 0, length 0 for all, pid 0 as these locks want it. */
export function wholeFile(): Buffer {
  const lock = Buffer.alloc(32)
  lock.writeInt16LE(F_WRLCK, 0)
  return lock
}

/** Whether F_OFD_GETLK answered with a lock of somebody else. */
export function isLock(answer: Buffer): boolean {
  return answer.readInt16LE(0) !== F_UNLCK
}
