import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ExecdError } from '@execd/core'
import { childrenOf } from '../driver/support/host-state.js'
import { runNode } from '../driver/support/node.js'
import { KINDS, scattered } from './kinds.js'
import type { World } from './world.js'

/** A Node in the group of other Nodes. */
function startNode(
  world: World,
  main: string,
  args: readonly string[],
): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const path = fileURLToPath(new URL(main, import.meta.url))
  const join_ = `echo $$ >${join(world.nodes, 'cgroup.procs')}; exec "$0" "$@"`
  const child = spawn('sh', ['-c', join_, process.execPath, path, ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  return child as ReturnType<typeof startNode>
}

/** The next line that it says. */
const line = async (child: { stdout: NodeJS.ReadableStream }): Promise<string> =>
  String((await once(child.stdout, 'data'))[0]).trim()

/** Node is killed at a random point of the lives of its containers. */
export async function nodeKilled(world: World): Promise<void> {
  const { random } = world
  const args = [world.rootfs, world.parent, world.mark, String(random.between(1, 2 ** 31))]
  const child = startNode(world, 'lives-main.js', args)
  const closed = once(child, 'close')
  await line(child)
  await sleep(random.between(0, 400))
  child.kill('SIGKILL')
  await closed
}

/** The helper of a container, or of an exec, is killed at a random point. */
export async function helperKilled(world: World): Promise<void> {
  const { random } = world
  const args = ['sh', '-c', scattered(world.mark, 'sleep 0.1; exit 3')]
  const before = childrenOf(process.pid)
  const life = (async () => {
    const container = await world.start(args, random.pick(KINDS))
    if (random.next() < 0.5) await container.exec({ args }, { stdio: 'ignore' })
    return container.wait()
  })().then(
    ({ reason }) => reason,
    (error: unknown) => error,
  )
  await sleep(random.between(0, 40))
  const helpers = childrenOf(process.pid).filter((one) => !before.includes(one) && one.includes('execd-init'))
  const victim = helpers.length > 0 ? Number.parseInt(random.pick(helpers), 10) : null
  if (victim !== null) process.kill(victim, 'SIGKILL')
  const end = await life
  if (ExecdError.is(end)) assert.notEqual(end.code, 'EXECD_INTERNAL', end.message)
  else assert.ok(['lost', 'exited'].includes(String(end)), String(end))
}

/** Too few descriptors: starts fail with a reason until there are enough. */
export async function noDescriptors(world: World): Promise<void> {
  const few = String(world.random.between(160, 250))
  const answer = await runNode('scarce-main.js', [world.rootfs, world.parent, few])
  const { codes, after } = answer as { codes: string[]; after: string }
  assert.deepEqual({ codes, after }, { codes: ['EXECD_START_FAILED'], after: 'again\n' })
}

/** No process can be made: starts fail with a reason; later they work. */
export async function noPids(world: World): Promise<void> {
  const child = startNode(world, 'pids-main.js', [world.rootfs, world.parent])
  const closed = once(child, 'close')
  assert.equal(await line(child), 'ready')
  const limit = join(world.nodes, 'pids.max')
  writeFileSync(limit, '1')
  child.stdin?.write('now\n')
  assert.deepEqual(
    JSON.parse(await line(child)),
    Array.from({ length: 3 }, () => 'EXECD_START_FAILED'),
  )
  writeFileSync(limit, 'max')
  child.stdin?.write('now\n')
  assert.equal(await line(child), 'again')
  await closed
}
