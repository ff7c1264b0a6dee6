import { createRuntime } from '@execd/core'
import { lxc } from '@execd/lxc'

// A program that starts containers and says so, to be killed by the test.
const [, , stateDir = '', cgroupParent = '', rootfs = '', mode = ''] = process.argv
const runtime = await createRuntime({ driver: lxc({ stateDir, cgroupParent }) })
const args = ['sh', '-c', '(setsid sleep 5432 &); sleep 5432']
const containers = await Promise.all([
  runtime.start({ rootfs, process: { args } }),
  runtime.start({ rootfs, process: { args }, namespaces: { pid: 'host' } }),
  runtime.start({ rootfs, process: { args } }),
])
await containers[2]?.pause()
if (mode === 'starting') void runtime.start({ rootfs, process: { args } })
process.stdout.write('ready\n')
setInterval(() => {}, 1000)
