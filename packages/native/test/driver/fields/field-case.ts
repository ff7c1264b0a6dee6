import { readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandInput, Container, RunOptions, RunResult } from '@execd/core'
import { expect } from '@jest/globals'
import { cgroupMounts, readOrNull } from '../support/host-state.js'
import type { Part, Suite } from '../support/suite.js'
import type { LimitCase } from './limits.js'

/** How the effect of one field is seen: in the result of a command, or in the kernel's files while it runs. */
export interface FieldCase {
  /** A command that asks for the field. */
  command(suite: Suite): CommandInput | Promise<CommandInput>
  readonly options?: RunOptions & { encoding?: 'utf8' }
  /** Looks at the result. */
  done?(result: RunResult, suite: Suite): unknown
  /** Looks while it runs. */
  live?(container: Container, suite: Suite): unknown
  /** After the end: takes away what the case made outside of the suite's folders. */
  after?(suite: Suite): unknown
  /** When the driver can do it and this host's kernel must still refuse: the code and path of the error. */
  readonly refusal?: { readonly code: string; readonly path: string } | undefined
}

export type FieldCases = Readonly<Record<string, FieldCase>>

type Parts = Part | ((suite: Suite) => Part | Promise<Part>)

const partOf = (parts: Parts, suite: Suite): Part | Promise<Part> =>
  typeof parts === 'function' ? parts(suite) : parts

/** A shell script whose output is the observation. */
export function shows(script: string, parts: Parts, expected: string | RegExp): FieldCase {
  return {
    command: async (suite) => suite.script(script, await partOf(parts, suite)),
    done: (result) => {
      const text = `${result.stdout}${result.stderr}`.trim()
      if (typeof expected === 'string') expect(text).toBe(expected)
      else expect(text).toMatch(expected)
    },
  }
}

/** A container that idles and is looked at from the host. */
export function whileRunning(parts: Parts, live: FieldCase['live']): FieldCase {
  return {
    command: async (suite) => suite.command(['sleep', '1000'], await partOf(parts, suite)),
    live,
  }
}

/** The namespace of a process, such as "ipc:[4026531839]". */
export function namespaceOf(pid: number | 'self', name: string): string {
  return readlinkSync(`/proc/${pid}/ns/${name}`)
}

/** The group of a process: that of a v1 controller, or the one of v2; for the first process of a container, the container's. */
export function groupOf(pid: number, controller: string): string {
  const own = new Map(
    (readOrNull(`/proc/${pid}/cgroup`) ?? '').split('\n').flatMap((line) => {
      const [, names, path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
      return (names?.split(',') ?? []).map((name) => [name, path] as const)
    }),
  )
  return isV1(controller) ? (own.get(controller) ?? '') : (own.get('') ?? '').replace(/\/init$/, '')
}

/** Text of a limit file of a process's group: the v1 file of a controller, or that of v2. */
export function limitOf(pid: number, controller: string, v1: string, v2: string): string {
  const mount = cgroupMounts().get(isV1(controller) ? controller : '') ?? ''
  const names = (isV1(controller) ? v1 : v2).split('|')
  const texts = names.map((name) => readOrNull(join(mount, groupOf(pid, controller), name)))
  return (texts.find((text) => text !== null) ?? '').trim()
}

/** That the group of a process has a limit. */
export function expectLimit(pid: number, { controller, v1, v2 }: LimitCase): void {
  const text = limitOf(pid, controller, v1[0], v2[0])
  const expected = isV1(controller) ? v1[1] : v2[1]
  if (typeof expected === 'string') expect(text).toBe(expected)
  else expect(text).toMatch(expected)
}

/** Whether a controller of this host is a v1 one. */
export function isV1(controller: string): boolean {
  return cgroupMounts().has(controller)
}
