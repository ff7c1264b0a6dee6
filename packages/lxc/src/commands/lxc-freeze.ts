import type { ToolRunner } from './run.js'

const TIMEOUT_MS = 10_000

/** Freezes every process of a container. Rejects with EXECD_TIMEOUT when that does not happen in ten seconds; then it may be frozen in part. */
export async function lxcFreeze(tools: ToolRunner, state: string, id: string): Promise<void> {
  await tools.run('lxc-freeze', ['-q', '-n', id, '-P', state], TIMEOUT_MS)
}

/** Thaws a container. */
export async function lxcUnfreeze(tools: ToolRunner, state: string, id: string): Promise<void> {
  await tools.run('lxc-unfreeze', ['-q', '-n', id, '-P', state], TIMEOUT_MS)
}
