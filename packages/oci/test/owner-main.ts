import { createRuntime } from '@execd/core'
import { oci } from '@execd/oci'

// A program that starts containers and says so, to be killed by the test.
const [, , options = '{}', rootfs = '', mode = ''] = process.argv
const runtime = await createRuntime({ driver: oci(JSON.parse(options) as object) })
const command = (more: object = {}) => ({
  rootfs,
  process: { args: ['sh', '-c', '(setsid sleep 6543 &); sleep 6543'] },
  ...more,
})
const containers = await Promise.all([
  runtime.start(command()),
  runtime.start(command({ namespaces: { pid: 'host' } })),
  runtime.start(command({ rootfs: { type: 'overlay', lower: rootfs } })),
])
await containers[2]?.pause()
await containers[0]?.exec({ args: ['sh', '-c', '(setsid sleep 6543 &); sleep 6543'] })
if (mode === 'starting') void runtime.start(command())
process.stdout.write('ready\n')
setInterval(() => {}, 1000)
