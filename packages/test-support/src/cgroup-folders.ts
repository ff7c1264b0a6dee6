import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The v1 controllers without which no limit of a container can be set. */
const LIMITING = ['cpu', 'memory', 'pids']

/**
 * The folders in which a child cgroup is made for a process whose /proc/self/mountinfo and /proc/self/cgroup are given:
 * one for each limiting v1 controller, or the single one of v2.
 */
export function parseCgroupFolders(mountinfo: string, cgroup: string): string[] {
  const paths = new Map<string, string>()
  for (const line of cgroup.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    for (const controller of controllers?.split(',') ?? []) paths.set(controller, path ?? '/')
  }
  const v1: string[] = []
  const v2: string[] = []
  for (const line of mountinfo.split('\n')) {
    const [left, right] = line.split(' - ')
    const [, , , root, target] = left?.split(' ') ?? []
    const [type, , options] = right?.split(' ') ?? []
    if (root === undefined || target === undefined) continue
    if (type === 'cgroup2') v2.push(inMount(target, root, paths.get('')))
    if (type !== 'cgroup') continue
    const controller = LIMITING.find((name) => options?.split(',').includes(name))
    if (controller !== undefined) v1.push(inMount(target, root, paths.get(controller)))
  }
  return v1.length > 0 ? v1 : v2
}

/** The folders in which this process would make a child cgroup; where its own is not visible, the mount itself. */
export function cgroupFolders(): string[] {
  const folders = parseCgroupFolders(
    readFileSync('/proc/self/mountinfo', 'utf8'),
    readFileSync('/proc/self/cgroup', 'utf8'),
  )
  return folders.filter((folder) => existsSync(folder))
}

function inMount(target: string, root: string, path = '/'): string {
  const below = root === '/' ? path : path.startsWith(`${root}/`) ? path.slice(root.length) : '/'
  return below === '/' ? target : join(target, below)
}
