import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import type { CleanupProblem, SweepReport, SweptThing } from '@execd/core/driver'
import { errnoOf } from '@execd/linux/errno'
import { allPids, identify, isAlive, type ProcessIdentity } from '@execd/linux/proc'
import { groupsBelowBase } from '../host/cgroups.js'
import { Home, homesFolder, listHomes } from '../kept/home.js'
import { BEING_MADE, readOwner } from '../kept/owner.js'
import { readRecord } from '../kept/record.js'
import type { DriverContext } from './context.js'

const STATE_NAME = /^\d+-[0-9a-f]{12}$/

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return []
    throw error
  }
}

/** State folders of owners that are dead, and homes of detached containers whose start nobody finished. */
function abandoned(context: DriverContext): string[] {
  const { stateDir } = context.options
  const states = names(stateDir)
    .filter((name) => STATE_NAME.test(name))
    .map((name) => `${stateDir}/${name}`)
  const homes = listHomes(stateDir)
    .map((id) => new Home(stateDir, id))
    .filter((home) => readRecord(home) === null)
  return [...states, ...homes.map(({ dir }) => dir)].filter(
    (dir) => dir !== context.state.dir && readOwner(dir).kind === 'nobody',
  )
}

/** What belongs to a state folder on this host. */
interface Belongings {
  readonly groups: readonly string[]
  readonly processes: readonly ProcessIdentity[]
}

async function belongings(context: DriverContext, dir: string): Promise<Belongings> {
  const { layout } = await context.host()
  const paths = names(dir).flatMap((name) => lines(`${dir}/${name}/cgroups`))
  const groups = paths.flatMap((path) => Object.values(groupsBelowBase(layout, path).dirs))
  const processes = allPids().flatMap((pid) => (mentions(pid, dir) ? (identify(pid) ?? []) : []))
  return { groups: [...new Set(groups)].filter((group) => existsSync(group)), processes }
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

/** Whether a process is a tool of this driver that works on a folder. */
function mentions(pid: number, dir: string): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return text.includes(dir) && /lxc-(start|attach)/.test(text)
  } catch {
    return false
  }
}

/** The verb `sweep`. */
export async function sweep(context: DriverContext): Promise<SweepReport> {
  const removed: SweptThing[] = []
  const problems: CleanupProblem[] = []
  const judge = (kind: SweptThing['kind'], name: string, left: boolean): void => {
    if (left) problems.push({ step: `remove the ${kind} ${name}`, errno: 'EBUSY' })
    else removed.push({ kind, name })
  }
  for (const dir of abandoned(context)) {
    const { groups, processes } = await belongings(context, dir)
    try {
      await context.clearAway(dir)
    } catch (error) {
      problems.push({ step: `clear ${dir} away`, errno: errnoOf(error) })
    }
    for (const one of processes) judge('process', String(one.pid), isAlive(one))
    for (const group of groups) judge('cgroup', group, existsSync(group))
    judge('state', dir, existsSync(dir))
  }
  for (const folder of [context.options.stateDir, homesFolder(context.options.stateDir)])
    removeUnfinished(folder)
  return { removed, problems }
}

/** Folders that were being made by a process that is gone: there is nothing in them yet. */
function removeUnfinished(folder: string): void {
  for (const name of names(folder)) {
    const pid = BEING_MADE.exec(basename(name))?.[1]
    if (pid !== undefined && identify(Number(pid)) === null)
      rmSync(`${folder}/${name}`, { recursive: true, force: true })
  }
}
