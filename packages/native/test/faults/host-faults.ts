import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ExecdError } from '@execd/core'
import { cgroupMounts, removeGroups } from '../driver/support/host-state.js'
import { until } from '../driver/support/until.js'
import { KINDS, scattered } from './kinds.js'
import type { World } from './world.js'

/** A start or a run may fail, but not for a fault of the driver. */
async function endOf(work: Promise<unknown>): Promise<unknown> {
  const end = await work.catch((error: unknown) => error)
  if (!(end instanceof Error)) return end
  if (!ExecdError.is(end)) throw end
  assert.notEqual(end.code, 'EXECD_INTERNAL', end.message)
  return end.code
}

/** The groups of a running container are emptied and removed by somebody else; it can still be ended. */
export async function groupsRemoved(world: World): Promise<void> {
  const { random } = world
  const container = await world.start(['sh', '-c', scattered(world.mark, 'sleep 1000')], random.pick(KINDS))
  for (const [controller, mount] of cgroupMounts()) {
    const group = join(mount, world.parent, container.id)
    if (!existsSync(group) || random.next() < 0.3) continue
    // v2: only a group that passes nothing on takes processes
    const target = controller === '' ? world.nodes : join(mount, world.parent)
    await until('it is empty and gone', () => {
      for (const inner of [group, join(group, 'init')]) moveAll(inner, target)
      removeGroups([group])
      return !existsSync(group)
    })
  }
  await container.terminate()
}

function moveAll(group: string, target: string): void {
  try {
    for (const pid of readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))
      writeFileSync(join(target, 'cgroup.procs'), pid)
  } catch {
    // ended, or the group is gone
  }
}

/** The disk is full: under the output, under the layer, inside. */
export async function diskFull(world: World): Promise<void> {
  // not among the folders of which other tests, at the same time, say that nothing of them stays mounted
  const full = mkdtempSync(join(tmpdir(), 'full-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,nr_inodes=12', 'full', full])
  assert.equal(mounted.status, 0)
  try {
    for (const name of ['upper', 'work']) mkdirSync(join(full, name))
    const fill = 'dd if=/dev/zero of=/data/big bs=4k count=64'
    const command = (args: string[], part: object = {}) => ({
      rootfs: world.rootfs,
      ...part,
      process: { args },
    })
    const upper = { upper: join(full, 'upper'), work: join(full, 'work') }
    const overlay = { rootfs: { type: 'overlay' as const, lower: world.rootfs, ...upper } }
    const small = { rootfs: { type: 'overlay' as const, lower: world.rootfs, size: '64KiB' } }
    const stdio = { stdout: { file: join(full, 'out') } }
    const ends = [
      await endOf(world.runtime.run(command(['sh', '-c', fill], overlay))),
      await endOf(world.runtime.run(command(['sh', '-c', fill], small))),
      await endOf(world.runtime.run(command(['head', '-c', '1000000', '/dev/zero']), { stdio })),
    ]
    for (const end of ends) assert.notEqual((end as { ok?: boolean }).ok, true)
  } finally {
    spawnSync('umount', ['-l', full])
    rmSync(full, { recursive: true, force: true })
  }
}

/** The root file system is deleted while a container starts or runs. */
export async function rootfsVanishes(world: World): Promise<void> {
  const { random } = world
  const rootfs = join(world.temp, 'vanishing')
  cpSync(world.rootfs, rootfs, { recursive: true, verbatimSymlinks: true })
  const kind = random.pick(KINDS.filter((one) => one.rootfs === undefined))
  const life = world
    .start(['sh', '-c', scattered(world.mark, 'sleep 0.05')], { ...kind, rootfs })
    .then((container) => container.wait())
  const end = endOf(life)
  await sleep(random.between(0, 20))
  // a start may be making mount points in it meanwhile
  await until('it is gone', () => {
    try {
      rmSync(rootfs, { recursive: true, force: true })
    } catch {
      return false
    }
    return true
  })
  await end
}

/** The clock is put forward and back while time-outs run. Only where the clock is nobody else's. */
export async function clockSteps(world: World): Promise<void> {
  const step = (seconds: number): void => {
    const wanted = Math.round(Date.now() / 1000) + seconds
    assert.equal(spawnSync('date', ['-s', `@${wanted}`]).status, 0)
  }
  const hours = world.random.between(1, 48) * 3600
  const command = { rootfs: world.rootfs, process: { args: ['sleep', world.mark] } }
  const timed = world.runtime.run(command, { timeout: 600 })
  const other = world.runtime.run({ ...command, process: { args: ['sleep', '0.3'] } }, { timeout: '60s' })
  step(hours)
  await sleep(100)
  step(-2 * hours)
  const [late, fine] = await Promise.all([timed, other])
  step(hours)
  assert.equal(late.reason, 'timeout')
  assert.ok(
    late.usage.wall < 30_000 && fine.usage.wall >= 250,
    `${late.usage.wall} and ${fine.usage.wall} ms`,
  )
  assert.equal(fine.reason, 'exited')
}
