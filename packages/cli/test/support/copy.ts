import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copyPackages, nodeFor, type TestUser } from '@execd/test-support'

export const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))

/** Makes the program `execd` in a folder: of this checkout, or for a user of a copy with drivers in it. Gives its path. */
export function installExecd(
  folder: string,
  user?: TestUser,
  drivers: readonly string[] = ['native'],
): string {
  const bin = user === undefined ? join(PACKAGE, 'bin/execd.mjs') : copyFor(folder, drivers)
  const node = user === undefined ? process.execPath : nodeFor(user, folder)
  const program = join(folder, 'bin/execd')
  mkdirSync(dirname(program), { recursive: true })
  writeFileSync(program, `#!/bin/sh\nexec '${node}' '${bin}' "$@"\n`, { mode: 0o755 })
  return program
}

function copyFor(folder: string, drivers: readonly string[]): string {
  const { resolve } = createRequire(join(PACKAGE, 'package.json'))
  const names = drivers.map((driver) => `@execd/${driver}`)
  const places = names.map((name) => [name, dirname(resolve(`${name}/package.json`))] as const)
  copyPackages({ '@execd/cli': PACKAGE, ...Object.fromEntries(places) }, join(folder, 'packages'))
  return join(folder, 'packages/node_modules/@execd/cli/bin/execd.mjs')
}
