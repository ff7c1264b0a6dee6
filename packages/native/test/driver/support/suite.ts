import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CommandInput,
  type Container,
  createRuntime,
  ExecdError,
  type RunOptions,
  type RunResult,
  type Runtime,
} from '@execd/core'
import { native } from '@execd/native'
import { type Need, requires, type TestFunction } from '@execd/test-support'
import { afterAll, afterEach, beforeAll, expect, jest } from '@jest/globals'
import { childrenOf, descriptors, groupsBelow, mounts, parentFolders, removeGroups } from './host-state.js'
import { makeRootfs, makeTemp } from './rootfs.js'
import { until } from './until.js'

export type Part = Omit<Partial<CommandInput>, 'process'> & {
  process?: Partial<CommandInput['process']>
}

/** Only to end a test that hangs. */
const LIMIT_MS = 120_000

/** What the tests of a file share: a runtime, a root file system and a cgroup of their own, and a check that nothing is left. */
export class Suite {
  /** Parent group of the containers. */
  readonly parent = `/execd-test-${process.pid}-${randomBytes(4).toString('hex')}`
  temp = ''
  rootfs = ''
  #runtime: Runtime | null = null
  readonly #leaked: string[] = []
  #before: { descriptors: string[]; mounts: string[]; children: string[] } | null = null

  get runtime(): Runtime {
    if (this.#runtime === null) throw new Error('the suite is not open')
    return this.#runtime
  }

  async open(): Promise<void> {
    this.temp = makeTemp('driver')
    this.rootfs = makeRootfs(join(this.temp, 'rootfs'))
    // What is loaded once and stays (libraries, the event loop's own descriptors) is loaded by a first run.
    this.#runtime = await this.newRuntime()
    await this.sh('true')
    await this.#runtime.close()
    await this.settle()
    this.#before = { descriptors: descriptors(), mounts: mounts(), children: childrenOf(process.pid) }
    this.#runtime = await this.newRuntime()
  }

  newRuntime(): Promise<Runtime> {
    return createRuntime({ driver: native({ cgroupParent: this.parent }) })
  }

  /** A command: `args` in the suite's root file system. */
  command(args: string[], part: Part = {}): CommandInput {
    const { process, ...rest } = part
    return { rootfs: this.rootfs, ...rest, process: { args, ...process } }
  }

  /** A shell script as the command. */
  script(text: string, part: Part = {}): CommandInput {
    return this.command(['sh', '-c', text], part)
  }

  /** Runs a shell script to its end. */
  sh(text: string, part: Part = {}, options: RunOptions & { encoding?: 'utf8' } = {}): Promise<RunResult> {
    return this.runtime.run(this.script(text, part), options)
  }

  /** What a shell script that must succeed wrote, without the last line break. */
  async output(text: string, part: Part = {}): Promise<string> {
    const result = await this.sh(text, part)
    if (!result.ok || result.stderr !== '') {
      throw new Error(
        `${result.reason} ${result.exitCode ?? result.signal}: ${result.stdout}${result.stderr}`,
      )
    }
    return result.stdout.replace(/\n$/, '')
  }

  /** A container that does nothing, until the end of the test at the latest. */
  idle(part: Part = {}): Promise<Container> {
    const command = this.command(['sleep', '1000'], part)
    return this.runtime.start(command, { stdio: 'ignore' })
  }

  /** Ends what a test left running. Groups that stay then are noted for the last test and taken away, so that they fail no other. */
  async endAll(): Promise<void> {
    if (this.#runtime === null) return
    await Promise.all(this.#runtime.list().map((container) => container.terminate()))
    this.#leaked.push(...groupsBelow(this.parent))
    removeGroups(groupsBelow(this.parent))
  }

  /** Waits until the helpers of containers that ended are reaped: that happens a moment after the end was told. */
  async settle(): Promise<void> {
    const helpers = () => childrenOf(process.pid).filter((child) => child.includes('execd-init'))
    const running = this.#runtime?.list().length ?? 0
    await until('the helpers are reaped', () => helpers().length <= running)
  }

  /** Closes the runtime, then nothing of its containers may be left anywhere. */
  async expectNothingLeft(): Promise<void> {
    await this.runtime.close()
    const before = this.#before ?? { descriptors: [], mounts: [], children: [] }
    expect([...this.#leaked, ...groupsBelow(this.parent)]).toEqual([])
    await this.settle()
    expect(childrenOf(process.pid)).toEqual(before.children)
    expect(mounts()).toEqual(before.mounts)
    await until(
      'descriptors are closed',
      () => descriptors().length <= before.descriptors.length,
      5000,
    ).catch(() => {})
    expect(descriptors()).toEqual(before.descriptors)
  }

  async close(): Promise<void> {
    await this.#runtime?.close()
    removeGroups(parentFolders(this.parent))
    rmSync(this.temp, { recursive: true, force: true })
  }
}

/** Tests of a file, with what they share; the last test is that nothing is left. */
export function driverTests(
  title: string,
  body: (suite: Suite, test: TestFunction) => void,
  needs: readonly Need[] = [],
): void {
  jest.setTimeout(LIMIT_MS)
  const { describe, test } = requires('root', 'cgroups', 'busybox', ...needs)
  describe(title, () => {
    const suite = new Suite()
    beforeAll(() => suite.open())
    afterEach(() => suite.endAll())
    afterAll(() => suite.close())
    body(suite, test)
    test('nothing is left behind', () => suite.expectNothingLeft())
  })
}

/** The ExecdError that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<ExecdError> {
  const error = await promise.then(
    (value) => {
      throw new Error(`did not reject but gave ${JSON.stringify(value)?.slice(0, 500)}`)
    },
    (reason: unknown) => reason,
  )
  if (!ExecdError.is(error)) throw error
  return error
}
