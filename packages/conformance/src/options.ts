import type { Driver } from '@execd/core/driver'
import type { Chosen } from './case.js'

/** How the kit gets what it needs, and what it runs. */
export interface KitOptions {
  /** Makes a driver object. Called for each case, more than once where a case needs several. Each belongs to the kit, which disposes it. */
  readonly createDriver: () => Driver | Promise<Driver>
  /**
   * Folder of a root file system with a busybox in /bin (sh, cat, head, sleep, setsid, stty, wget, ... by their names), or a function that gives it. The kit writes
   * to its /tmp. Default: one is built of the static busybox on PATH, and removed at the end.
   */
  readonly rootfs?: string | (() => string | Promise<string>)
  /** Most milliseconds that a case may take. Default: 30000. */
  readonly timeoutMs?: number
  /**
   * What the driver has left on the machine, in words, that only its author knows how to find: cgroups, mounts, state folders. Asked when nothing runs. Default: such
   * things are not looked for.
   */
  readonly leftovers?: () => readonly string[] | Promise<readonly string[]>
  /**
   * A module (absolute path or file: URL) whose default export is the driver's plugin: for the cases that kill a process which owns a container. Needed
   * only for drivers that declare "recover" or "sweep".
   */
  readonly module?: string | URL
  /** Options for `create` of that plugin. */
  readonly moduleOptions?: unknown
  /** Groups to run, and cases by their ids. Default: all. */
  readonly only?: readonly Chosen[]
}

export const DEFAULT_TIMEOUT_MS = 30_000
