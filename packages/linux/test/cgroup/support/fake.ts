import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach } from '@jest/globals'
import type { CgroupPaths } from '../../../dist/cgroup/types.js'

/** For each test a new temporary folder that poses as a cgroup file system. */
export function fakeCgroups() {
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'execd-cgroup-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))
  return {
    path: (name: string) => join(root, name),
    /** Makes files and the groups that they are in. */
    files(texts: Readonly<Record<string, string>>): void {
      for (const [path, text] of Object.entries(texts)) {
        mkdirSync(dirname(join(root, path)), { recursive: true })
        writeFileSync(join(root, path), text)
      }
    },
    text: (path: string) => readFileSync(join(root, path), 'utf8').trim(),
    /** Groups of a container: one folder for each controller. */
    v1: (...controllers: string[]): CgroupPaths => ({
      version: 1,
      dirs: Object.fromEntries(controllers.map((name) => [name, join(root, name)])),
    }),
    /** The group "box" of a container. */
    v2: (): CgroupPaths => ({ version: 2, dirs: { unified: join(root, 'box') }, top: root }),
  }
}
