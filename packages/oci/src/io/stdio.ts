import { closeSync, constants, openSync } from 'node:fs'
import type { ProcessIO, Stdio } from '@execd/core/driver'
import { withoutNullDevice } from '@execd/linux/devices'
import { fileError } from '../errors.js'
import type { KeeperStdio } from '../keeper/plan.js'

/** The descriptors of a process, for a keeper. */
export interface PreparedStdio {
  readonly stdio: readonly [KeeperStdio, KeeperStdio, KeeperStdio]
  /** Descriptors of this process that become 4 and more in the keeper. */
  readonly descriptors: readonly number[]
  /** Closes what was opened here. To be called when the keeper has its own. */
  release(): void
}

const FIRST = 4
const OUTPUT = constants.O_WRONLY | constants.O_CREAT | constants.O_NOCTTY

function openFile({ path, append }: Extract<Stdio, { type: 'file' }>, input: boolean): number {
  try {
    if (input) return openSync(path, constants.O_RDONLY | constants.O_NOCTTY)
    return openSync(path, OUTPUT | (append ? constants.O_APPEND : constants.O_TRUNC), 0o600)
  } catch (error) {
    throw fileError('EXECD_START_FAILED', `open ${path}`, error)
  }
}

/** What a process's descriptors are to be. With a terminal they all are one. Throws EXECD_START_FAILED. */
export function prepareStdio(io: ProcessIO, terminal: boolean): PreparedStdio {
  const descriptors: number[] = []
  const opened: number[] = []
  const release = (): void => {
    for (const fd of opened.splice(0)) closeSync(fd)
  }
  const pass = (fd: number): KeeperStdio => ({ kind: 'fd', fd: FIRST + descriptors.push(fd) - 1 })
  const one = (stdio: Stdio, number: number): KeeperStdio => {
    if (terminal) return { kind: number < 2 && stdio.type === 'pipe' ? 'terminal' : 'unseen' }
    if (stdio.type === 'pipe' || stdio.type === 'ignore') return { kind: stdio.type }
    if (stdio.type === 'fd') return pass(stdio.fd)
    if (stdio.rotate !== null)
      return { kind: 'rotate', path: stdio.path, rotation: stdio.rotate, append: stdio.append }
    const fd = openFile(stdio, number === 0)
    opened.push(fd)
    return pass(fd)
  }
  try {
    const { stdin, stdout, stderr } = withoutNullDevice(io)
    return { stdio: [one(stdin, 0), one(stdout, 1), one(stderr, 2)], descriptors, release }
  } catch (error) {
    release()
    throw error
  }
}
