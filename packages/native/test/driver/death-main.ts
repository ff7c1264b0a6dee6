import { createRuntime } from '@execd/core'
import { native } from '@execd/native'

/** Starts containers of several kinds, says so, and waits for its death; told to end by a line on stdin. */
async function main(rootfs: string, cgroupParent: string, mark: string): Promise<void> {
  const runtime = await createRuntime({ driver: native(cgroupParent === '' ? {} : { cgroupParent }) })
  const script = `(setsid sleep ${mark} &); (setsid sh -c "trap '' TERM HUP; (sleep ${mark} & sleep ${mark})" &); sleep ${mark}`
  const args = ['sh', '-c', script]
  const start = (part: object, process = {}) =>
    runtime.start({ rootfs, ...part, process: { args, ...process } })
  const rootless = cgroupParent === ''
  const containers = await Promise.all([
    start({}),
    start({ init: true }),
    start({}, { terminal: true }),
    ...(rootless ? [] : [start({ namespaces: { pid: 'host' } }), start({})]),
  ])
  await containers[0]?.exec({ args })
  if (!rootless) await containers[4]?.pause()
  process.stdout.write(`${JSON.stringify({ pids: containers.map(({ pid }) => pid) })}\n`)
  process.stdin.once('data', (how) => {
    if (String(how).startsWith('exit')) process.exit(3)
    if (String(how).startsWith('throw')) throw new Error('as told')
  })
  setInterval(() => {}, 1000)
}

const [rootfs = '', parent = '', mark = ''] = process.argv.slice(2)
await main(rootfs, parent, mark)
