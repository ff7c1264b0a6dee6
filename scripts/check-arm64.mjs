// Compiles the init helper for arm64 where the cross compiler is there, and where qemu is too, runs it: without a control socket it must refuse.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fail, root } from './lib/workspace.mjs'

const COMPILER = 'aarch64-linux-gnu-gcc'
const EMULATOR = 'qemu-aarch64-static'
const exists = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined

if (!exists(COMPILER)) {
  process.stdout.write(
    `check-arm64: not compiled: ${COMPILER} is not installed (package gcc-aarch64-linux-gnu)\n`,
  )
} else {
  const folder = mkdtempSync(join(tmpdir(), 'execd-arm64-'))
  const program = join(folder, 'native-init-linux-arm64/bin/execd-init')
  try {
    const make = [
      '--no-print-directory',
      '-C',
      join(root, 'packages/native/helper'),
      'arm64',
      `OUT=${folder}`,
    ]
    const { status, stdout, stderr } = spawnSync('make', make, { encoding: 'utf8' })
    if (status !== 0) fail(`check-arm64: the helper does not compile for arm64\n${stdout}${stderr}`)
    const keeper = spawnSync(
      'make',
      ['--no-print-directory', '-C', join(root, 'packages/oci/helper'), 'arm64', `OUT=${folder}`],
      { encoding: 'utf8' },
    )
    if (keeper.status !== 0)
      fail(`check-arm64: the keeper does not compile for arm64\n${keeper.stdout}${keeper.stderr}`)
    if (exists(EMULATOR)) {
      const run = spawnSync(EMULATOR, [program], { stdio: 'ignore' })
      if (run.status !== 1)
        fail(`check-arm64: without a control socket the helper ended with ${run.status}, not 1`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
