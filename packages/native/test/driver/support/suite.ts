import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
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
import {
  childrenOf,
  descriptors,
  groupsBelow,
  mounts,
  parentFolders,
  readOrNull,
  removeGroups,
} from './host-state.js'
import { PoolingDriver } from './pooling-driver.js'
import { makeRootfs, makeTemp } from './rootfs.js'
import { until } from './until.js'

export type Part = Omit<Partial<CommandInput>, 'process'> & {
  process?: Partial<CommandInput['process']>
}

/** What a pool holds at most, by default. */
const MOST_PREPARED = 4

/** Only to end a test that hangs. */
const LIMIT_MS = 120_000

/** What the tests of a file share: a runtime, a root file system and a cgroup of their own, and a check that nothing is left. */
export class Suite {
  /** Parent group of the containers. */
  readonly parent = `/execd-test-${process.pid}-${randomBytes(4).toString('hex')}`
  temp = ''
  rootfs = ''
  /** More runtimes of a test, to be closed after it. */
  readonly others: Runtime[] = []
  #runtime: Runtime | null = null
  readonly #pooled: boolean
  readonly #leaked: string[] = []
  #before: { descriptors: string[]; mounts: string[]; children: string[] } | null = null

  /** `pooled`: every start that can be one is in a prepared container. */
  constructor(pooled = false) {
    this.#pooled = pooled
  }

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
    this.#runtime = null
    await this.settle()
    this.#before = { descriptors: descriptors(), mounts: mounts(), children: childrenOf(process.pid) }
    this.#runtime = await this.newRuntime()
  }

  newRuntime(): Promise<Runtime> {
    const options = { cgroupParent: this.parent }
    return createRuntime({ driver: this.#pooled ? new PoolingDriver(options) : native(options) })
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
    await Promise.all(this.others.splice(0).map((runtime) => runtime.close()))
    if (this.#runtime === null) return
    await Promise.all(this.#runtime.list().map((container) => container.terminate()))
    const left = this.groups()
    this.#leaked.push(...left)
    removeGroups(left)
  }

  /** Waits until the helpers of containers that ended are reaped: that happens a moment after the end was told. */
  async settle(): Promise<void> {
    const helpers = () => childrenOf(process.pid).filter((child) => child.includes('execd-init'))
    const running = this.#runtime?.list().length ?? 0
    const prepared = this.#pooled && this.#runtime !== null ? MOST_PREPARED : 0
    await until('the helpers are reaped', () => helpers().length <= running + prepared)
  }

  /** The cgroups of containers, but for those that wait for a command. Those just being prepared are waited for. */
  groups(): string[] {
    for (let tries = 0; ; tries++) {
      const found = groupsBelow(this.parent)
      if (!this.#pooled) return found
      const states = found.map((group) => [group, poolStateOf(group)] as const)
      if (tries === 100 || states.every(([, state]) => state !== 'changing'))
        return states.filter(([, state]) => state !== 'prepared').map(([group]) => group)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }

  /** The cgroups of execs, in every hierarchy. */
  execGroups(): string[] {
    return groupsBelow(this.parent)
      .flatMap((group) => readdirSync(group).map((name) => join(group, name)))
      .filter((path) => /\/exec-/.test(path))
  }

  /** Closes the runtime, then nothing of its containers may be left anywhere. */
  async expectNothingLeft(): Promise<void> {
    await this.runtime.close()
    this.#runtime = null
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

/** A container without a command is the helper still; one that is just being made, or removed, has no process. */
function poolStateOf(group: string): 'prepared' | 'changing' | 'other' {
  if (!/\/pool-[0-9a-f]{8}$/.test(group)) return 'other'
  // on cgroup v2 processes are in a leaf
  const lists = [group, `${group}/init`].map((folder) => readOrNull(`${folder}/cgroup.procs`) ?? '')
  const pids = lists.flatMap((list) => list.split('\n')).filter((line) => line !== '')
  const programs = pids.map((pid) => readOrNull(`/proc/${pid}/comm`))
  if (programs.length === 0 || programs.includes(null)) return 'changing'
  return programs.every((program) => program === 'execd-init\n') ? 'prepared' : 'other'
}

/** Tests of a file, with what they share; the last test is that nothing is left. */
export function driverTests(
  title: string,
  body: (suite: Suite, test: TestFunction) => void,
  needs: readonly Need[] = [],
): void {
  testsOf(title, body, needs, process.env.EXECD_TEST_POOL === '1')
}

/** The same tests with new containers, and again with prepared ones. */
export function driverTestsPooledToo(...[title, body, needs = []]: Parameters<typeof driverTests>): void {
  testsOf(title, body, needs, false)
  testsOf(`${title}, in prepared containers`, body, needs, true)
}

function testsOf(
  title: string,
  body: (suite: Suite, test: TestFunction) => void,
  needs: readonly Need[],
  pooled: boolean,
): void {
  jest.setTimeout(LIMIT_MS)
  const { describe, test } = requires('root', 'cgroups', 'busybox', ...needs)
  describe(title, () => {
    const suite = new Suite(pooled)
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
