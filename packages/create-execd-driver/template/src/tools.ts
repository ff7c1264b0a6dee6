import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Tools } from './launch.js'
import type { SampleOptions } from './options.js'

/** The tools of util-linux: those that the options name, else those on PATH, else none. */
export function findTools({ unshare, nsenter }: SampleOptions): Partial<Tools> {
  return {
    ...named('unshare', unshare),
    ...named('nsenter', nsenter),
  }
}

function named(name: keyof Tools, given: string | undefined): Partial<Tools> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const paths = given === undefined ? folders.map((folder) => join(folder, name)) : [given]
  const found = paths.find(isExecutable)
  // The real path, because /proc/PID/exe tells that.
  return found === undefined ? {} : { [name]: realpathSync(found) }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
