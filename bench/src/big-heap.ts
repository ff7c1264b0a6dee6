const MIB = 1024 ** 2

/** Memory that is really in use: half in small objects of the JavaScript heap, half in buffers, every page written. */
export interface BigHeap {
  readonly objects: readonly unknown[]
  readonly buffers: readonly Buffer[]
}

/** Takes memory until this process holds `bytes` more than before. It stays held as long as the result is referenced. */
export function takeMemory(bytes: number): BigHeap {
  const before = process.memoryUsage.rss()
  const objects: unknown[] = []
  while (process.memoryUsage.rss() - before < bytes / 2) {
    for (let count = 0; count < 20_000; count += 1) {
      const id = objects.length
      objects.push({ id, name: `object ${id}`, parts: [id, id + 1, { half: id / 2 }] })
    }
  }
  const buffers: Buffer[] = []
  while (process.memoryUsage.rss() - before < bytes)
    buffers.push(Buffer.alloc(MIB, buffers.length % 255 || 1))
  return { objects, buffers }
}
