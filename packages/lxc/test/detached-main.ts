import { createRuntime } from '@execd/core'
import { lxc } from '@execd/lxc'

// A program that starts a detached container, or begins to, and an exec in it, to be killed by the test.
const [, , stateDir = '', cgroupParent = '', rootfs = '', mode = ''] = process.argv
const runtime = await createRuntime({ driver: lxc({ stateDir, cgroupParent }) })
const script = 'trap "exit 7" USR1; while :; do sleep 0.05; done'
const prestart = async () => {
  if (mode !== 'starting') return
  process.stdout.write('ready\n')
  await new Promise(() => {})
}
const container = await runtime.start(
  { id: 'orphan', rootfs, process: { args: ['sh', '-c', script] } },
  { detached: true, stdio: 'ignore', hooks: { prestart } },
)
if (mode === 'exec') await container.exec({ args: ['sh', '-c', '(setsid sleep 5433 &); sleep 5433'] })
process.stdout.write('ready\n')
setInterval(() => {}, 1000)
