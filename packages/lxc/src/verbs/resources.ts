import { readFileSync, writeFileSync } from 'node:fs'
import type { Resources, Stats, Target } from '@execd/core/driver'
import { type LimitWrite, limitWrites } from '../config/limits.js'
import { errnoOf, lxcError } from '../errors.js'
import { numberOf, readSample } from '../host/counters.js'
import { type DriverContext, runningContainer, targetProcess } from './context.js'

/** The verb `stats`: of the whole container, or of one exec. */
export async function stats(context: DriverContext, target: Target): Promise<Stats> {
  const { groups, pid } = targetProcess(context, target)
  const { version } = (await context.host()).layout
  const sample = await readSample(version, groups, pid)
  if (sample !== null) return sample
  throw lxcError('EXECD_NOT_RUNNING', `the container ${target.id} has ended`, {
    details: { container: target.id },
  })
}

/** The kernel refuses a memory limit above memory and swap together, so that of the two is raised first and lowered last (v1). */
export function inOrder(writes: readonly LimitWrite[], current: number | null): LimitWrite[] {
  const limit = writes.find(({ file }) => file === 'memory.limit_in_bytes')
  const both = writes.find(({ file }) => file === 'memory.memsw.limit_in_bytes')
  if (limit === undefined || both === undefined) return [...writes]
  const raised = current !== null && Number(limit.data) > current
  const rest = writes.filter((write) => write !== limit && write !== both)
  return raised ? [both, limit, ...rest] : [limit, both, ...rest]
}

/** The verb `update`: wholly or not at all. */
export async function update(context: DriverContext, id: string, resources: Resources): Promise<void> {
  const container = runningContainer(context, id)
  const host = await context.host()
  const { version } = host.layout
  const swapCounted = host.groupFiles.has('memory.memsw.limit_in_bytes')
  const pathOf = ({ controller, file }: LimitWrite): string =>
    `${container.payload.get(version === 2 ? '' : controller) ?? ''}/${file}`
  const writes = limitWrites(resources, version, swapCounted)
  const limit = writes.find(({ file }) => file === 'memory.limit_in_bytes')
  const ordered = inOrder(writes, limit === undefined ? null : numberOf(readFileSync(pathOf(limit), 'utf8')))
  const undo: Array<{ path: string; data: string }> = []
  for (const write of ordered) {
    const path = pathOf(write)
    try {
      const before = readFileSync(path, 'utf8').trim()
      writeFileSync(path, write.data)
      undo.unshift({ path, data: before })
    } catch (error) {
      for (const { path: changed, data } of undo) restore(changed, data)
      const errno = errnoOf(error)
      throw lxcError('EXECD_LIMIT', `the kernel refused ${write.field}: ${write.data} (${errno})`, {
        details: { path: write.field, got: write.data, errno, container: id, step: `write ${write.file}` },
        cause: error,
      })
    }
  }
}

function restore(path: string, data: string): void {
  try {
    writeFileSync(path, data)
  } catch {
    // a file of lines by device, of which the old ones cannot be written back at once
  }
}
