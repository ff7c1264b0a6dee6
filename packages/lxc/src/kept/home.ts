import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from '@execd/linux/errno'
import type { ToolRunner } from '../commands/run.js'
import { fileError, lxcError } from '../errors.js'
import { monitorFolder, removeRunDirs } from '../host/run-dir.js'
import type { FirstExit } from '../io/status-pipe.js'
import { decodeStatus, MESSAGE_SIZE } from '../parse/monitor.js'
import { makeOwned, type OwnerToken } from './owner.js'

/** Type of the message that ends the keeper's listening; none of LXC's. */
const LAST = 77

/** Where detached containers are, below a driver's state folder. */
export function homesFolder(stateDir: string): string {
  return `${stateDir}/detached`
}

/** Names of the homes there are. */
export function listHomes(stateDir: string): string[] {
  try {
    return readdirSync(homesFolder(stateDir))
      .filter((name) => !name.startsWith('.'))
      .sort()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw fileError('EXECD_HOST', `read ${homesFolder(stateDir)}`, error)
  }
}

/** The folder of one detached container: what outlives the process that started it. It is LXC's path for that container. */
export class Home {
  readonly dir: string
  /** What is written down of it. */
  readonly record: string
  /** A FIFO that the keeper has open as long as it lives. */
  readonly alive: string
  readonly log: string
  readonly rootMount: string
  readonly seccomp: string

  constructor(stateDir: string, id: string) {
    this.dir = `${homesFolder(stateDir)}/${id}`
    this.record = `${this.dir}/record.json`
    this.alive = `${this.dir}/alive`
    this.log = `${this.dir}/log`
    this.rootMount = `${this.dir}/.root`
    this.seccomp = `${this.dir}/.seccomp`
  }

  /** The FIFO that LXC's monitor reports to. */
  get monitorPipe(): string {
    return `${monitorFolder(this.dir)}/monitor-fifo`
  }

  /** Makes it. Rejects with EXECD_ID_IN_USE when there is one. */
  async create(tools: ToolRunner, id: string, token: OwnerToken): Promise<void> {
    let made: boolean
    try {
      mkdirSync(dirname(this.dir), { recursive: true, mode: 0o711 })
      made = makeOwned(this.dir, token)
    } catch (error) {
      throw fileError('EXECD_START_FAILED', `make ${this.dir}`, error)
    }
    if (!made)
      throw lxcError('EXECD_ID_IN_USE', `a detached container has the id ${id}`, {
        hint: 'recover({ ids }) takes it over when no living process owns it; detached() tells',
        details: { container: id },
      })
    for (const folder of [this.rootMount, this.seccomp]) mkdirSync(folder, { mode: 0o711 })
    mkdirSync(monitorFolder(this.dir), { recursive: true, mode: 0o700 })
    const last = Buffer.alloc(MESSAGE_SIZE)
    last.writeInt32LE(LAST, 0)
    writeFileSync(`${this.dir}/.last`, last)
    await tools.run('mkfifo', ['-m', '0600', this.alive, this.monitorPipe])
  }

  /** Removes it with all that LXC keeps for it. */
  remove(): void {
    rmSync(this.dir, { recursive: true, force: true })
    removeRunDirs(this.dir)
  }

  /** A descriptor that is at its end when the keeper has ended. */
  openAlive(): number {
    return openSync(this.alive, constants.O_RDONLY | constants.O_NONBLOCK)
  }

  /** Whether the keeper lives. */
  get keeperLives(): boolean {
    let fd: number
    try {
      fd = this.openAlive()
    } catch {
      return false
    }
    try {
      return readSync(fd, Buffer.alloc(1)) > 0
    } catch (error) {
      return errnoOf(error) === 'EAGAIN' // somebody could write
    } finally {
      closeSync(fd)
    }
  }

  /** How it ended, when, and how the tool did; null as long as the keeper has not said. */
  readExit(): { readonly exit: FirstExit | null; readonly at: number } | null {
    let text: string
    try {
      text = readFileSync(`${this.dir}/exit`, 'latin1')
    } catch {
      return null
    }
    const [code, status] = text.trim().split(/\s+/)
    const at = statSync(`${this.dir}/exit`, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    return { exit: code === '0' && status !== undefined ? decodeStatus(Number(status)) : null, at }
  }
}
