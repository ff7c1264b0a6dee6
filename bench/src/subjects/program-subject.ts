import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { findTool } from '../host/find-tool.js'
import { familyOf, programOf } from '../host/proc.js'
import type { Workshop } from '../host/workshop.js'
import { call, complaint, finish, succeed } from './program.js'
import { Slots } from './slots.js'
import type { Applet, Deeds, Running, Subject } from './subject.js'

/** How a program is called: what differs between the peers. */
export interface Recipe {
  readonly name: string
  readonly program: string
  /** Where the program is. Default: looked for on PATH. */
  readonly path?: (workshop: Workshop) => string
  /** Arguments that print a version; null: there is none. */
  readonly version: readonly string[] | null
  readonly deeds: Deeds
  readonly needsRoot: boolean
  /** Whether the command's stdin, stdout and exit status are the caller's. */
  readonly passesStreams: boolean
  /** Writes what the place of this number needs for a command, and gives the arguments that run it there. */
  readonly place: (workshop: Workshop, applet: Applet, number: number) => Promise<readonly string[]>
  /** The program and its arguments that run one more command in the container of a place; null: it has no such thing. */
  readonly exec:
    | ((workshop: Workshop, number: number, applet: Applet) => readonly [string, ...string[]])
    | null
  /** The program and its arguments that end the container of a place; null: it ends with its stdin. */
  readonly stop: ((workshop: Workshop, number: number) => readonly [string, ...string[]]) | null
  /** Proves that a command really runs. Default: its exit status comes back. */
  readonly prove?: (subject: Subject, workshop: Workshop) => Promise<void>
}

/** A subject that is a program called with child_process.spawn, as Node's users do. */
export function programSubject(recipe: Recipe): Subject {
  let workshop: Workshop
  let path: string
  const slots = new Slots((applet, number) => recipe.place(workshop, applet, number))
  const running = new Set<Running>()

  const run = async (applet: Applet): Promise<void> => {
    const slot = slots.takeNow(applet) ?? (await slots.take(applet))
    const { code, stdout, stderr } = await call(path, slot.args)
    slots.giveBack(slot)
    if (code !== 0) throw new Error(complaint(code, `${stdout}${stderr}`))
  }

  const start = async (applet: Applet): Promise<Running> => {
    const slot = slots.takeNow(applet) ?? (await slots.take(applet))
    const child = spawn(path, slot.args, { stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.on('error', () => {}) // EPIPE: the command does not read
    const end = once(child, 'close').then(() => slots.giveBack(slot))
    const stopCall = recipe.stop?.(workshop, slot.number)
    const { exec } = recipe
    const live: Running = {
      stdout: child.stdout,
      finished: finished(child),
      overhead: () => familyOf(child.pid ?? 0).filter((pid) => ![null, 'busybox'].includes(programOf(pid))),
      ...(exec === null
        ? {}
        : {
            exec: async (more: Applet) => {
              const [program, ...args] = exec(workshop, slot.number, more)
              await succeed(program, args)
            },
          }),
      stop: async () => {
        if (stopCall === undefined) child.stdin.end()
        else await call(stopCall[0], stopCall.slice(1))
        await Promise.race([end, sleep(5000, undefined, { ref: false })])
        child.kill('SIGKILL')
        running.delete(live)
      },
    }
    live.finished.catch(() => {})
    running.add(live)
    void end.then(() => running.delete(live))
    return live
  }

  const subject: Subject = {
    name: recipe.name,
    deeds: recipe.deeds,
    passesStreams: recipe.passesStreams,
    prepare: async (where) => {
      workshop = where
      path = locate(recipe, where)
      await (recipe.prove ?? proveByStatus)(subject, workshop)
      const version = recipe.version === null ? '' : await succeed(path, recipe.version)
      return version.split('\n')[0]?.trim() ?? ''
    },
    ready: (applet, count) => slots.prepare(applet, count),
    run,
    start,
    dispose: async () => {
      await Promise.all([...running].map((live) => live.stop()))
    },
  }
  return subject
}

function locate(recipe: Recipe, workshop: Workshop): string {
  if (recipe.needsRoot && process.geteuid?.() !== 0) throw new Error('needs root')
  const path = recipe.path?.(workshop) ?? findTool(recipe.program)
  if (path === null) throw new Error(`${recipe.program} is not installed`)
  return path
}

async function proveByStatus(subject: Subject): Promise<void> {
  await subject.run(['true'])
  const failed = await subject.run(['false']).then(
    () => false,
    () => true,
  )
  if (!failed) throw new Error('the exit status of a command does not come back')
}

async function finished(child: ChildProcess): Promise<void> {
  const { code, stderr } = await finish(child, { ownStdout: true })
  if (code !== 0) throw new Error(complaint(code, stderr))
}
