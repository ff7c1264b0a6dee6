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
 * Hides the v2 mount of a hybrid layout from everything that the bench starts: crun refuses to run beside it. Only in the bench's own mount namespace.
 * Gives a sentence for the report, or null when there was nothing to do.
 */
export function hideUnified(): string | null {
  const mounts = cgroupMounts()
  if (process.env[INSIDE] !== '1' || layoutOf(mounts) !== 'hybrid') return null
  for (const { path, type } of mounts) {
    if (type !== 'cgroup2') continue
    const { status, stderr } = spawnSync('umount', [path], { encoding: 'utf8' })
    if (status !== 0) return `the cgroup v2 mount ${path} could not be hidden: ${String(stderr).trim()}`
  }
  return 'the cgroup v2 mount is hidden from all subjects alike, in a mount namespace of the bench, because crun refuses a hybrid layout'
}
