import type { Container, Execution } from '@execd/core'

/** A running process: the first one of a container, or one started by `exec`. */
export type Live = Container | Execution
