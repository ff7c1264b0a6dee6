import { readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandInput, Container, RunOptions, RunResult } from '@execd/core'
import { expect } from '@jest/globals'
import { cgroupMounts, readOrNull } from '../support/host-state.js'
import type { Part, Suite } from '../support/suite.js'

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

/** Text of a limit file of the container's group: the v1 file of a controller, or that of v2. */
export function limitOf(pid: number, controller: string, v1: string, v2: string): string {
  const mounts = cgroupMounts()
  const own = new Map(
    (readOrNull(`/proc/${pid}/cgroup`) ?? '').split('\n').flatMap((line) => {
      const [, names = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
      return names.split(',').map((name) => [name, path] as const)
    }),
  )
  const isV1 = mounts.has(controller)
  const path = isV1 ? (own.get(controller) ?? '') : (own.get('') ?? '').replace(/\/init$/, '')
  return (readOrNull(join(mounts.get(isV1 ? controller : '') ?? '', path, isV1 ? v1 : v2)) ?? '').trim()
}

/** Whether a controller of this host is a v1 one. */
export function isV1(controller: string): boolean {
  return cgroupMounts().has(controller)
}
