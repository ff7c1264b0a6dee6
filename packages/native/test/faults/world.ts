import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Container, createRuntime, type Runtime } from '@execd/core'
import { native } from '@execd/native'
import {
  cgroupMounts,
  childrenOf,
  descriptors,
  groupsBelow,
  mounts,
  newMark,
  parentFolders,
  removeGroups,
  sleepers,
} from '../driver/support/host-state.js'
import { makeRootfs, makeTemp } from '../driver/support/rootfs.js'
import { until } from '../driver/support/until.js'
import type { Kind } from './kinds.js'
import { Random } from './random.js'

/** What faults happen in: a runtime, a root file system, cgroups of its own, and what there was before. */
export class World {
  readonly random: Random
  readonly parent = `/execd-test-${process.pid}-${randomBytes(4).toString('hex')}`
  /** Known by it is every process that a container leaves running. */
  readonly mark = newMark()
  readonly temp = makeTemp('faults')
  readonly rootfs = makeRootfs(join(this.temp, 'rootfs'))
  /** A group for other Nodes: their monitors are in it too. */
  readonly nodes = join(cgroupMounts().get('pids') ?? cgroupMounts().get('') ?? '', `${this.parent}-nodes`)
  #runtime: Runtime | null = null
  #before: { descriptors: string[]; mounts: string[]; children: string[] } | null = null

  constructor(seed: number) {
    this.random = new Random(seed)
  }

  get runtime(): Runtime {
    if (this.#runtime === null) throw new Error('the world is not open')
    return this.#runtime
  }

  async open(): Promise<void> {
    mkdirSync(this.nodes)
    // what is loaded once and stays is loaded by a first run
    this.#runtime = await createRuntime({ driver: native({ cgroupParent: this.parent }) })
    await this.expectNextRuns()
    await this.#settle()
    this.#before = { descriptors: descriptors(), mounts: this.#mounts(), children: childrenOf(process.pid) }
  }

  start(args: string[], kind: Kind = {}, stdio: 'ignore' | 'pipe' = 'ignore'): Promise<Container> {
    const { process, ...rest } = kind
    return this.runtime.start({ rootfs: this.rootfs, ...rest, process: { args, ...process } }, { stdio })
  }

  /** Process ids in the group of other Nodes. */
  nodePids(): number[] {
    const lines = readFileSync(join(this.nodes, 'cgroup.procs'), 'utf8').split('\n')
    return lines.filter(Boolean).map(Number)
  }

  async expectNextRuns(): Promise<void> {
    const command = { rootfs: this.rootfs, process: { args: ['echo', 'next'] } }
    const { stdout, cleanup } = await this.runtime.run(command)
    assert.deepEqual({ stdout, cleanup }, { stdout: 'next\n', cleanup: [] })
  }

  /** Without those of other tests, which may run at the same time. */
  #mounts(): string[] {
    return mounts().filter((line) => !line.includes(` ${tmpdir()}/`) || line.includes(this.temp))
  }

  async #settle(): Promise<void> {
    await until('helpers are reaped', () =>
      childrenOf(process.pid).every((one) => !one.includes('execd-init')),
    )
  }

  /** No process, cgroup, mount, descriptor or child is there that was not there before. */
  async expectNothingLeft(): Promise<void> {
    await Promise.all(this.runtime.list().map((container) => container.terminate()))
    await until('no process is left', () => sleepers(this.mark).length === 0)
    await until('no monitor of another Node is left', () => this.nodePids().length === 0)
    await until('no group is left', () => groupsBelow(this.parent).length === 0)
    await this.#settle()
    await until(
      'descriptors are closed',
      () => descriptors().length <= (this.#before?.descriptors.length ?? 0),
    )
    assert.deepEqual(this.#mounts(), this.#before?.mounts)
    assert.deepEqual(childrenOf(process.pid), this.#before?.children)
    assert.deepEqual(descriptors(), this.#before?.descriptors)
  }

  async close(): Promise<void> {
    await this.#runtime?.close()
    removeGroups([...parentFolders(this.parent)])
    if (existsSync(this.nodes)) rmdirSync(this.nodes)
    rmSync(this.temp, { recursive: true, force: true })
  }
}
