import type { CgroupPaths } from '@execd/linux/cgroup'
import type { Pool } from '../pool/pool.js'
import { PreparedFailed, type ProcessRequest, RunningProcess } from '../process/running-process.js'
import type { NativeContainer } from './context.js'
import type { PooledStart } from './start-plan.js'

/** Starts the process of a container whose groups these are. */
export function startNew(
  container: NativeContainer,
  request: ProcessRequest,
  cgroups: CgroupPaths | null,
): Promise<RunningProcess> {
  container.cgroups = cgroups
  return RunningProcess.start(request, (monitor) => {
    container.monitor = monitor
    if (container.cancelled) void monitor.killAll()
  })
}

/** Null when there is no prepared container, or the one taken failed before the command was begun. */
export async function startPrepared(
  pool: Pool | null,
  container: NativeContainer,
  request: ProcessRequest,
  pooled: PooledStart | null,
): Promise<RunningProcess | null> {
  const prepared = pooled === null ? null : (pool?.take(pooled.shape) ?? null)
  if (pooled === null || prepared === null) return null
  const { name, monitor, groups } = prepared
  const rest = {
    prepared: { monitor, steps: pooled.prefixSteps },
    plan: () => pooled.plan(name),
    encode: pooled.encode,
  }
  try {
    return await startNew(container, { ...request, ...rest }, groups)
  } catch (error) {
    await prepared.discard()
    if (error instanceof PreparedFailed && !container.cancelled) return null
    throw error
  }
}
