import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRuntime, ExecdError } from '@execd/core'

/** The build: it installs a tool into the system, litters the sources, and puts its result into /out. */
const BUILD = `
  set -e
  printf '#!/bin/sh\\nsed "s/@NAME@/$1/"\\n' > /opt/fill-in
  chmod 755 /opt/fill-in
  cd /src
  /opt/fill-in world < page.txt > page.built
  rm page.txt
  cp page.built /out/page.txt
  echo "built with $(ls /opt/fill-in)"
`

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'execd-build-'))
  const [source, out] = [join(folder, 'src'), join(folder, 'out')]
  for (const path of [source, out]) mkdirSync(path)
  writeFileSync(join(source, 'page.txt'), 'hello @NAME@\n')
  try {
    await using runtime = await createRuntime({ driver: 'native' })
    const result = await runtime.run(
      {
        // the files of the host under a layer in memory, gone with the container
        rootfs: { type: 'host' },
        process: { args: ['sh', '-c', `mkdir /src && cp -r /mnt/source/. /src && ${BUILD}`], user: '0:0' },
        mounts: [
          { type: 'bind', source, destination: '/mnt/source', options: ['ro'] },
          { type: 'bind', source: out, destination: '/out' },
        ],
      },
      { timeout: '1m' },
    )
    process.stdout.write(result.stdout)
    process.stderr.write(result.stderr)
    console.log(`result: ${readFileSync(join(out, 'page.txt'), 'utf8').trim()}`)
    console.log(`sources: ${readdirSync(source).join(' ')}`)
    console.log(`tool on the host: ${existsSync('/opt/fill-in') ? 'there' : 'not there'}`)
    process.exitCode = result.ok ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

main().catch((error: unknown) => {
  console.error(ExecdError.is(error) ? `${error.code}: ${error.message}\nhint: ${error.hint}` : error)
  process.exitCode = 1
})
