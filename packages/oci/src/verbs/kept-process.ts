import type { Readable, Writable } from 'node:stream'
import type { DriverProcess, ExitStatus } from '@execd/core/driver'
import type { CgroupPaths } from '@execd/linux/cgroup'
import type { ProcessIdentity } from '@execd/linux/proc'
import { errnoName, errnoText } from '../errno.js'
import { ociError } from '../errors.js'
import type { Keeper, KeeperStreams } from '../keeper/keeper.js'

const [EPERM, ESRCH] = [1, 3]

/** A process in a container, with the keeper that is its parent. */
export class KeptProcess implements DriverProcess {
  readonly pid: number
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  readonly exited: Promise<ExitStatus>
  readonly keeper: Keeper
  readonly identity: ProcessIdentity
  /** Groups of its own; those of a container's first process are the container's. Null: none. */
  readonly groups: CgroupPaths | null
  /** Signals that were sent from here. */
  readonly sent = new Set<number>()

  constructor(
    keeper: Keeper,
    identity: ProcessIdentity,
    streams: KeeperStreams,
    groups: CgroupPaths | null,
    exited: (process: KeptProcess) => Promise<ExitStatus>,
  ) {
    this.keeper = keeper
    this.pid = identity.pid
    this.identity = identity
    this.stdin = streams.stdin
    this.stdout = streams.stdout
    this.stderr = streams.stderr
    this.groups = groups
    this.exited = exited(this)
  }

  /** Sends a signal to the process. Rejects with EXECD_NOT_RUNNING when it has ended. */
  async kill(signal: number): Promise<void> {
    this.sent.add(signal) // before: the news of the end may come before the answer
    const errno = await this.keeper.kill(signal)
    if (errno === 0) return
    if (errno === ESRCH) throw ociError('EXECD_NOT_RUNNING', `process ${this.pid} has ended`)
    const code = errno === EPERM ? 'EXECD_PERMISSION' : 'EXECD_INTERNAL'
    throw ociError(code, `could not send the signal ${signal}: ${errnoText(errno)}`, {
      details: { errno: errnoName(errno), syscall: 'kill' },
    })
  }

  /** Sets the size of its terminal. Rejects with EXECD_INVALID_STATE when it has none. */
  async resize(rows: number, columns: number): Promise<void> {
    const errno = await this.keeper.resize(rows, columns)
    if (errno === 0) return
    if (errno === ESRCH) throw ociError('EXECD_NOT_RUNNING', `process ${this.pid} has ended`)
    throw ociError('EXECD_INVALID_STATE', `the terminal cannot be resized: ${errnoText(errno)}`, {
      details: { errno: errnoName(errno), step: 'resize' },
    })
  }
}
