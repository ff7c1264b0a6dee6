// Builds the init helper for one architecture: node scripts/build-helper.mjs x64|arm64 [--cross]
// Without --cross only this machine's own is built, and the other one's package is left as it is.
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { fail, root, run } from './lib/workspace.mjs'

const MACHINES = { x64: 'x86_64', arm64: 'aarch64' }

const [, , arch, flag] = process.argv
if (!(arch in MACHINES)) fail(`build-helper: the architecture is one of ${Object.keys(MACHINES).join(', ')}`)
const own = process.platform === 'linux' && process.arch === arch
if (!own && flag !== '--cross') {
  process.stdout.write(
    `not built here: the helper for linux-${arch} (this is ${process.platform}-${process.arch})\n`,
  )
} else {
  const cross = own ? [] : [`CC=${MACHINES[arch]}-linux-gnu-gcc`]
  const status = run('make', [
    '--no-print-directory',
    '-C',
    'packages/native/helper',
    `ARCH=${arch}`,
    ...cross,
  ])
  if (status !== 0) process.exit(status)
  const program = join(root, `packages/native-init-linux-${arch}/bin/execd-init`)
  if (!existsSync(program)) fail(`build-helper: make did not write ${program}`)
  chmodSync(program, 0o755)
}
