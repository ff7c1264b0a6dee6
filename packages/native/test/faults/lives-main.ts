import { setTimeout as sleep } from 'node:timers/promises'
import { createRuntime, type Runtime } from '@execd/core'
import { native } from '@execd/native'
import { KINDS, scattered } from './kinds.js'
import { Random } from './random.js'

/** Lives through the whole life of containers, three at a time and for ever: starts, execs, pauses, updates, ends. */
async function main(rootfs: string, cgroupParent: string, mark: string, seed: number): Promise<void> {
  const runtime = await createRuntime({ driver: native({ cgroupParent }) })
  process.stdout.write('ready\n')
  const random = new Random(seed)
  await Promise.all([1, 2, 3].map(() => lives(runtime, rootfs, mark, random)))
}

async function lives(runtime: Runtime, rootfs: string, mark: string, random: Random): Promise<void> {
  const args = ['sh', '-c', scattered(mark, 'sleep 0.05; exit 3')]
  for (;;) {
    const { process, ...kind } = random.pick(KINDS)
    const command = { rootfs, ...kind, process: { args, ...process } }
    const hooks = random.next() < 0.3 ? { prestart: () => sleep(random.between(0, 5)) } : {}
    const container = await runtime.start(command, { hooks, stdio: 'ignore' })
    const deeds = [
      () => container.wait(),
      () => container.terminate(),
      () => container.exec({ args: ['sh', '-c', scattered(mark, 'exit 0')] }, { stdio: 'ignore' }),
      () => container.pause().then(() => container.unpause()),
      () => container.update({ pids: { limit: 30 } }),
    ]
    // a container that has ended meanwhile is no failure
    for (let count = random.between(0, 3); count > 0; count -= 1)
      await random
        .pick(deeds)()
        .catch(() => {})
    await container.wait()
  }
}

const [rootfs = '', parent = '', mark = '', seed = ''] = process.argv.slice(2)
await main(rootfs, parent, mark, Number(seed))
