import { createRuntime } from '@execd/core'
import { native } from '@execd/native'

/** Runs a flood into a rotated file and prints the verdict. */
async function main(rootfs: string, cgroupParent: string, file: string): Promise<void> {
  await using runtime = await createRuntime({ driver: native({ cgroupParent }) })
  const command = { rootfs, process: { args: ['seq', '100000'] } }
  const { ok, cleanup } = await runtime.run(command, { stdio: { stdout: { file, maxSize: 1024 ** 2 } } })
  process.stdout.write(JSON.stringify({ ok, cleanup }))
}

const [rootfs = '', parent = '', file = ''] = process.argv.slice(2)
await main(rootfs, parent, file)
