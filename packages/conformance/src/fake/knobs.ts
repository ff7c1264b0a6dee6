import type { ErrorCode } from '@execd/core'
import type { DriverCapabilities, ExitStatus } from '@execd/core/driver'

/** What a fake driver does otherwise than well. For tests of what uses a driver: every failure on demand. */
export interface FakeKnobs {
  /** Laid over what it declares. It does no more for that. */
  readonly capabilities?: Partial<DriverCapabilities>
  /** Folder in which detached containers are written down. With it "detach" and "recover" are declared. */
  readonly state?: string
  /** Milliseconds that each start takes. Default: 0. */
  readonly startDelay?: number
  /** Each start fails with this code, after prestart, leaving nothing behind. */
  readonly startError?: ErrorCode
  /** Milliseconds from the end of a process to its report. Default: 0. */
  readonly exitDelay?: number
  /** Changes what is reported of a process that has ended, such as to an OOM kill or a loss. */
  readonly report?: (status: ExitStatus) => ExitStatus
  /** Descendants that outlive their first process are left alone. Asked at each end. */
  readonly leavesDescendants?: () => boolean
  /** Bytes after which each output stream is cut off. Default: none. */
  readonly outputLimit?: number
}
