import { dirname } from 'node:path'
import { type CommandInput, ExecdError, resolveCommand } from '@execd/core/driver'
import type { DriverContext } from './context.js'
import { planStart } from './start-plan.js'

/** Which descriptors are the user's is not decided before the command is known. */
const ANY_STDIO = [false, false, false] as const

/** Prepares containers for a command: see `NativeDriver.prepare`. */
export async function prepare(context: DriverContext, input: CommandInput): Promise<void> {
  const { pool } = context
  const command = resolveCommand(input)
  const { tag, ownerIfAny } = context.state
  const nothingMore = { prestart: false, outputs: [], records: ownerIfAny?.path ?? null, folder: null }
  const start = await planStart(context, command, { ownedStdio: ANY_STDIO, tag, ...nothingMore })
  ownerIfAny?.uses([...new Set(Object.values(start.cgroups?.dirs ?? {}).map((dir) => dirname(dir)))])
  if (pool !== null && start.pooled !== null) return pool.prepare(start.pooled.shape)
  throw new ExecdError('EXECD_UNSUPPORTED', 'no container can be prepared for this command', {
    hint:
      pool === null
        ? 'make the driver with the option `pool`'
        : 'docs/performance.md lists what keeps a command out of the pool',
    details: { driver: 'native', container: command.id },
  })
}
