import { createRuntime } from '@execd/core'
import { lxc } from '@execd/lxc'

const [rootfs = ''] = process.argv.slice(2)
const runtime = await createRuntime({ driver: lxc() })
const container = await runtime.start({ rootfs, process: { args: ['sleep', '1000'] } }, { stdio: 'ignore' })
await container.exec({ args: ['sleep', '1000'] }, { stdio: 'ignore' })
process.stdout.write('up\n')
