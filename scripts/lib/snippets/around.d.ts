// What the blocks of the documentation take for granted: a runtime that the text before has made, a driver of the reader's own.
import type { CommandInput, Container, Runtime } from '@execd/core'
import type { Driver } from '@execd/core/driver'

declare global {
  const runtime: Runtime
  const container: Container
  const command: CommandInput
  const pid: number
  const MyDriver: new () => Driver
}
