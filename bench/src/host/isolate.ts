import { spawn, spawnSync } from 'node:child_process'
import { cgroupMounts, layoutOf } from './cgroups.js'
import { findTool } from './find-tool.js'

const INSIDE = 'EXECD_BENCH_INSIDE'

/** Whether this process is the bench in its own mount namespace, or one that needs none. */
export function isInside(): boolean {
  return process.env[INSIDE] === '1' || process.geteuid?.() !== 0 || findTool('unshare') === null
}

/**
 * Runs this program again in a mount namespace of its own, so that mounts of the bench change nothing for the machine and vanish with it. Gives its exit
 * status. When this process ends in any way, the channel closes, and the inner one cleans up and ends.
 */
export function runInside(program: string, args: readonly string[]): Promise<number> {
  const own = [process.execPath, ...process.execArgv, program, ...args]
  const child = spawn(findTool('unshare') ?? '', ['--mount', '--propagation', 'private', ...own], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [INSIDE]: '1' },
  })
  const stop = (): void => {
    if (child.connected) child.disconnect()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

/**
 * Covers the one file by which crun finds a controller in the v2 hierarchy of a hybrid layout and refuses to run; it works in that hierarchy all the same. Only in
 * the bench's own mount namespace. Gives a sentence for the report, or null when there was nothing to do.
 */
export function coverControllers(): string | null {
  const mounts = cgroupMounts()
  if (process.env[INSIDE] !== '1' || layoutOf(mounts) !== 'hybrid') return null
  for (const { path, type } of mounts) {
    if (type !== 'cgroup2') continue
    const file = `${path}/cgroup.controllers`
    const { status, stderr } = spawnSync('mount', ['--bind', '/dev/null', file], { encoding: 'utf8' })
    if (status !== 0) return `${file} could not be covered: ${String(stderr).trim()}`
  }
  return 'cgroup.controllers of the v2 hierarchy is empty for all subjects alike, in a mount namespace of the bench, because crun refuses a hybrid layout'
}
