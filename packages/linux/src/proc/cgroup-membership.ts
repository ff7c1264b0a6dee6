/**
 * The groups of a process by controller, from a text of /proc/pid/cgroup (proc_pid_cgroup(5)): "" is the v2 hierarchy, "name=systemd" one without controllers.
 * Pure.
 */
export function parseMembership(text: string): Record<string, string> {
  const groups: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const [, controllers, group] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (controllers === undefined || group === undefined) continue
    for (const controller of controllers.split(',')) groups[controller] = group
  }
  return groups
}
