import { createRuntime } from '@execd/core'
import { native } from '@execd/native'

/** Starts two containers with interfaces at a bridge, says so, and waits for its death. */
async function main(rootfs: string, cgroupParent: string, bridge: string): Promise<void> {
  const runtime = await createRuntime({ driver: native({ cgroupParent }) })
  const network = { mode: 'bridge' as const, interfaces: [{ bridge }] }
  const start = () =>
    runtime.start({ rootfs, network, process: { args: ['sleep', '1000'] } }, { stdio: 'ignore' })
  await Promise.all([start(), start()])
  process.stdout.write('running\n')
}

const [rootfs = '', cgroupParent = '', bridge = ''] = process.argv.slice(2)
void main(rootfs, cgroupParent, bridge)
