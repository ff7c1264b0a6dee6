import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestUser } from './test-user.js'

const CGROUPS = '/sys/fs/cgroup'

/** Controllers of cgroup v1 that containers make use of. */
export const V1_CONTROLLERS: readonly string[] = [
  'cpu',
  'cpuacct',
  'cpuset',
  'memory',
  'devices',
  'freezer',
  'blkio',
  'pids',
]

/** Cgroups that are given to a user, one in the hierarchy of each of these controllers of cgroup v1. */
export class DelegatedGroups {
  readonly #name: string
  readonly #folders: readonly string[]

  constructor(name: string, user: TestUser, controllers: readonly string[] = V1_CONTROLLERS) {
    this.#name = name
    this.#folders = controllers.map((controller) => join(CGROUPS, controller, name))
    for (const folder of this.#folders) {
      mkdirSync(folder)
      // a new cpuset is empty and lets no process in (cpuset(7))
      if (folder.includes('/cpuset/'))
        for (const file of ['cpuset.cpus', 'cpuset.mems'])
          writeFileSync(join(folder, file), readFileSync(join(dirname(folder), file)))
      for (const path of ['', ...readdirSync(folder)]) chownSync(join(folder, path), user.uid, user.gid)
    }
  }

  /** A line of a shell by which it goes into them. */
  get enter(): string {
    return [':', ...this.#folders.map((folder) => `echo $$ >${folder}/cgroup.procs`)].join(' && ')
  }

  /** What was made below them and is there still. */
  left(): string[] {
    return this.#folders.flatMap((folder) =>
      readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `${folder}/${name}`),
    )
  }

  remove(): void {
    for (const controller of readdirSync(CGROUPS)) {
      const args = ['-depth', '-type', 'd', '-exec', 'rmdir', '{}', '+']
      spawnSync('find', [join(CGROUPS, controller, this.#name), ...args])
    }
  }
}
