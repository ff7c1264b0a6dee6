import { readdirSync, readFileSync } from 'node:fs'

/** Cgroups of the kit's containers below a parent group: their ids begin with "kit-". */
export function groupsOfKit(parent: string): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  const roots = mounts.filter((line) => / - cgroup2? /.test(line)).map((line) => line.split(' ')[4] ?? '')
  return roots.flatMap((root) => below(`${root}/${parent}`)).filter((path) => /\/kit-[^/]*$/.test(path))
}

function below(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${folder}/${entry.name}`)
  } catch {
    return []
  }
}
