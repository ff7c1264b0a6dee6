import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  type CommandInput,
  type Container,
  createRuntime,
  type Runtime,
  type StartOptions,
} from '@execd/core'
import { native } from '@execd/native'
import type { Need, TestFunction } from '@execd/test-support'
import { afterAll, afterEach, expect } from '@jest/globals'
import { groupsBelow, parentFolders, readOrNull, removeGroups } from '../driver/support/host-state.js'
import { driverTests, type Part, type Suite } from '../driver/support/suite.js'
import { until } from '../driver/support/until.js'
import type { Work } from './detached-main.js'

/** Twenty of them at once take long to load where the machine is emulated. */
const LIMIT_MS = 110_000

/** A Node of its own with work to do. */
export class OtherNode {
  readonly process: ChildProcess
  readonly said: Array<Record<string, unknown>> = []
  readonly closed: Promise<void>

  /** `before`: a program, with its arguments, that runs it. */
  constructor(work: Work, before: readonly string[] = []) {
    const main = fileURLToPath(new URL('detached-main.js', import.meta.url))
    const [program = '', ...args] = [...before, process.execPath, main, JSON.stringify(work)]
    this.process = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.closed = new Promise((resolve) => this.process.once('close', () => resolve()))
    createInterface({ input: this.process.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.said.push(JSON.parse(line) as Record<string, unknown>)
    })
  }

  /** What it said under a name, waiting for it. */
  async says(name: string): Promise<Record<string, unknown>> {
    const find = () => this.said.find((one) => name in one)
    await until(`a Node says "${name}"`, () => find() !== undefined, LIMIT_MS)
    return find() ?? {}
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.closed
  }
}

/** A state folder below the suite's temporary one, and drivers that use it. */
export class Place {
  readonly stateDir: string
  /** Parent group of its containers: in its own the suite takes what outlives a test for left behind. */
  readonly parent: string
  readonly #runtimes: Runtime[] = []
  readonly #nodes: OtherNode[] = []

  constructor(suite: Suite, name: string) {
    this.parent = `${suite.parent}-detached`
    this.stateDir = join(suite.temp, name)
  }

  async runtime(): Promise<Runtime> {
    const { stateDir } = this
    const runtime = await createRuntime({ driver: native({ cgroupParent: this.parent, stateDir }) })
    this.#runtimes.push(runtime)
    return runtime
  }

  node(work: Omit<Work, 'stateDir' | 'cgroupParent'>, before?: readonly string[]): OtherNode {
    const node = new OtherNode({ stateDir: this.stateDir, cgroupParent: this.parent, ...work }, before)
    this.#nodes.push(node)
    return node
  }

  /** Ids that are written down. */
  names(): string[] {
    return readdirSync(join(this.stateDir, 'containers'))
  }

  /** What is written down of the processes of a container. */
  record(id: string): string {
    return readOrNull(join(this.stateDir, 'containers', id, 'record')) ?? ''
  }

  owners(): string[] {
    return readdirSync(join(this.stateDir, 'owners'))
  }

  /** Ends all of it, detached containers too. */
  async end(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node.kill()))
    for (const runtime of this.#runtimes.splice(0)) await runtime.close()
    const last = await createRuntime({
      driver: native({ cgroupParent: this.parent, stateDir: this.stateDir }),
    })
    const found = await last.recover()
    await Promise.all(found.map((container) => container.terminate()))
    await last.close()
    removeGroups(parentFolders(this.parent))
  }
}

/** Detached, with nothing to read. */
export const DETACHED: StartOptions = { detached: true, stdio: 'ignore' }

/** What the tests of a file work with. */
export interface Ground {
  readonly suite: Suite
  readonly parent: string
  newPlace(): Place
  /** A command that does nothing, for long. */
  idle(id: string, part?: Part): CommandInput
  /** Another Node starts it and is killed; its process id. */
  orphan(place: Place, command: CommandInput, options?: StartOptions): Promise<number>
}

let nth = 0

/** Tests of detached containers: after each nothing of them may be left. */
export function detachedTests(
  title: string,
  body: (ground: Ground, test: TestFunction) => void,
  needs: readonly Need[] = [],
): void {
  driverTests(
    title,
    (suite, test) => {
      const parent = `${suite.parent}-detached`
      const places: Place[] = []
      afterEach(async () => {
        for (const place of places.splice(0)) {
          await place.end()
          expect(place.names()).toEqual([])
        }
        expect(groupsBelow(parent)).toEqual([])
      })
      afterAll(() => removeGroups(parentFolders(parent)))
      const ground: Ground = {
        suite,
        parent,
        newPlace() {
          const place = new Place(suite, `state-${nth++}`)
          places.push(place)
          return place
        },
        idle: (id, part = {}) => suite.command(['sleep', '1000'], { id, ...part }),
        async orphan(place, command, options = DETACHED) {
          const node = place.node({ start: [{ command, options }] })
          const { pid } = await node.says('pid')
          await node.kill()
          return Number(pid)
        },
      }
      body(ground, test)
    },
    needs,
  )
}

/** The process that looks after another. */
export const monitorOf = (pid: number): number =>
  Number(/^PPid:\t(\d+)/m.exec(readOrNull(`/proc/${pid}/status`) ?? '')?.[1])

/** The container of an id, taken over. */
export async function recovered(runtime: Runtime, id: string): Promise<Container> {
  const [found] = await runtime.recover({ ids: [id] })
  if (found === undefined) throw new Error(`${id} was not recovered`)
  return found
}
