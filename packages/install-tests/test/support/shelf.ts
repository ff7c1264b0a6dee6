import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Packed } from './packing.js'

/** A place on this machine that packages of the scope @execd are installed from, in the protocol of npm. */
export interface Shelf {
  readonly url: string
  close(): void
}

/** Offers packed packages until it is closed. */
export async function openShelf(packed: readonly Packed[]): Promise<Shelf> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1)
    const found = packed.find(({ manifest }) => path === manifest.name || path === `${manifest.name}.tgz`)
    if (found === undefined) response.writeHead(404).end('{}')
    else if (path.endsWith('.tgz')) response.end(readFileSync(found.tarball))
    else response.end(JSON.stringify(listing(found, `http://${request.headers.host}`)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, close: () => void server.close() }
}

/** What npm wants to know of a package: its versions, each with its manifest and where it lies. */
function listing({ manifest, integrity }: Packed, host: string): object {
  const { name, version } = manifest
  const dist = { tarball: `${host}/${name}.tgz`, integrity }
  return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } }
}
