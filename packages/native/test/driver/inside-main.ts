import { readdirSync } from 'node:fs'
import { createRuntime } from '@execd/core'
import { native } from '@execd/native'

/** Run in a Node of its own: says what this process has, and what a container of it has. */
async function main(rootfs: string, cgroupParent: string, what: string): Promise<void> {
  const runtime = await createRuntime({ driver: native({ cgroupParent }) })
  if (what === 'inherit') {
    await runtime.run(
      { rootfs, process: { args: ['sh', '-c', 'echo "\\"from inside\\""; cat >&2'] } },
      { stdio: 'inherit' },
    )
    return runtime.close()
  }
  const script = what === 'groups' ? 'grep ^Groups: /proc/self/status | cut -f2' : 'ls -1 /proc/self/fd'
  const { stdout } = await runtime.run({ rootfs, process: { args: ['sh', '-c', script] } })
  await runtime.close()
  const own = what === 'groups' ? process.getgroups?.() : readdirSync('/proc/self/fd')
  process.stdout.write(JSON.stringify({ own, inside: stdout.split(/\s+/).filter(Boolean) }))
}

const [rootfs = '', parent = '', what = ''] = process.argv.slice(2)
await main(rootfs, parent, what)
