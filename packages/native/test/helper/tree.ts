import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUTS,
} from '../../dist/linux/constants.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { ALLOW_ALL, container, makeRootfs, type Rootfs } from './container.js'
import { type Helper, isGone, start } from './harness.js'

let nextMark = 71_000_000 + (process.pid % 10_000) * 100
/** An argument that no other process has. */
export const mark = (): string => String(++nextMark)

function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

/** Pids of the host that have this argument. */
export function processesWith(argument: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => argumentsOf(pid).includes(argument))
}

/** The only child of an init: its command. */
export function commandOf(init: number): number {
  return Number(readFileSync(`/proc/${init}/task/${init}/children`, 'utf8').split(' ')[0])
}

/** A descendant that left the session, one whose parent is gone, one that ignores what can be ignored, and one that does all of it. */
const treeOf = (time: string): string =>
  `setsid sleep ${time} & (sleep ${time} &); sh -c "trap '' TERM HUP INT; sleep ${time}; true" & ` +
  `(setsid sh -c "trap '' TERM HUP; (sleep ${time} &) ; sleep ${time}; true" &);`
const TREE_SIZE = 5

export interface More {
  readonly user?: Parameters<typeof step.user>[0]
  readonly limits?: readonly Step[]
  readonly filter?: Uint8Array
}

/** A running container, and plans for commands in it that have an init of their own. */
export class Host {
  readonly #rootfs: Rootfs
  readonly #running: Helper
  readonly pid: number
  readonly #startTime: bigint

  private constructor(
    rootfs: Rootfs,
    running: Helper,
    { pid, startTime }: { pid: number; startTime: bigint },
  ) {
    this.#rootfs = rootfs
    this.#running = running
    this.pid = pid
    this.#startTime = startTime
  }

  static async start(): Promise<Host> {
    const rootfs = makeRootfs()
    const scripts = { hop: 'sh /data/hop "$1" &', bomb: 'sh /data/bomb "$1" | sh /data/bomb "$1" &' }
    for (const [name, script] of Object.entries(scripts)) {
      writeFileSync(join(rootfs.path, 'data', name), `${script}\n`)
      chmodSync(join(rootfs.path, 'data', name), 0o755)
    }
    const running = start(container(rootfs.path, { args: ['sleep', '100'] }))
    return new Host(rootfs, running, await running.message('started'))
  }

  async close(): Promise<void> {
    this.#running.control.destroy()
    await this.#running.closed
    this.#rootfs.remove()
  }

  async lives(): Promise<boolean> {
    return !(await isGone(this.pid))
  }

  plan(script: string, more: More = {}): Step[] {
    const flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET
    return [
      step.pidfd({ slot: 0, pid: this.pid, startTime: this.#startTime }),
      step.setns({ phase: 'host', slot: 0, flags }),
      step.clone({ flags: 0 }),
      ...(more.limits ?? []),
      step.env({ variables: ['PATH=/bin'] }),
      step.bound({ mask: 0xa80425fbn }),
      step.noNewPrivs(),
      step.user(more.user ?? { uid: 0, gid: 0 }),
      step.capset({ rootMask: 0xa80425fbn, ambient: 0n }),
      step.seccomp({ filter: more.filter ?? ALLOW_ALL }),
      step.init({ subreaper: true }),
      step.session({}),
      step.pdeathsig({ signal: 9 }),
      step.chdir({ path: '/' }),
      step.exec({ args: ['sh', '-c', script] }),
    ]
  }

  /** Starts a tree and waits until it has come to its full size. */
  async grown(time: string, end = `sleep ${time}`): Promise<{ helper: Helper; init: number }> {
    const helper = start(this.plan(`${treeOf(time)} echo up; ${end}`))
    const { pid: init } = await helper.message('started')
    await helper.says('up')
    const sleeping = () => processesWith(time).filter((pid) => argumentsOf(pid)[0] === 'sleep')
    await helper.until('the whole tree', () => sleeping().length >= TREE_SIZE)
    return { helper, init }
  }
}
