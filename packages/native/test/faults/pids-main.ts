import { once } from 'node:events'
import { createRuntime, ExecdError } from '@execd/core'
import { native } from '@execd/native'

/** Runs, waits for a word, runs several where no process can be made, says how that ended, waits again and runs. */
async function main(rootfs: string, cgroupParent: string): Promise<void> {
  const runtime = await createRuntime({ driver: native({ cgroupParent }) })
  const run = () => runtime.run({ rootfs, process: { args: ['echo', 'again'] } })
  await Promise.all([run(), run(), run(), run()]) // every thread of Node's pool is there from now on
  process.stdout.write('ready\n')
  await once(process.stdin, 'data')
  const ends = await Promise.allSettled([run(), run(), run()])
  const codes = ends.map((end) =>
    end.status === 'fulfilled' ? 'ran' : ExecdError.is(end.reason) ? end.reason.code : String(end.reason),
  )
  process.stdout.write(`${JSON.stringify(codes)}\n`)
  await once(process.stdin, 'data')
  process.stdout.write((await run()).stdout)
  await runtime.close()
  process.stdin.destroy()
}

const [rootfs = '', parent = ''] = process.argv.slice(2)
await main(rootfs, parent)
