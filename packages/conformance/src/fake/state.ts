import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, DetachedContainer, ProcessIO } from '@execd/core/driver'
import { alive, type Identity, identify } from '../host/processes.js'

/** What is written down of a detached container. */
export interface Kept {
  readonly command: Command
  readonly io: ProcessIO
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly tag: number
  readonly program: Identity
  readonly keeper: Identity
  /** The process whose driver owns it; null: none. */
  readonly owner: Identity | null
}

/** How a program ended, as its keeper writes it. */
export interface KeptEnd {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process of a container that is not detached, as long as it runs. */
interface Mark {
  readonly id: string
  readonly tag: number
  readonly owner: Identity | null
}

/** The folder in which a fake driver keeps its detached containers. */
export class FakeState {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
  }

  /** File that gets the end of a container. */
  endFile(id: string): string {
    return join(this.#folder, `${id}.end`)
  }

  end(id: string): KeptEnd | null {
    return read(this.endFile(id))
  }

  /** Writes it down as owned by this process, or by none. */
  write(kept: Omit<Kept, 'owner'>, owned: boolean): void {
    const file = this.#file(kept.command.id)
    writeFileSync(`${file}.new`, JSON.stringify({ ...kept, owner: owned ? identify(process.pid) : null }))
    renameSync(`${file}.new`, file)
  }

  /** All that is written down, oldest first. */
  all(): Kept[] {
    const names = readdirSync(this.#folder).filter((name) => name.endsWith('.json'))
    const all = names.map((name) => read<Kept>(join(this.#folder, name))).filter((kept) => kept !== null)
    return all.sort((one, other) => one.startedAt - other.startedAt)
  }

  /** What no living process owns. */
  unowned(): Kept[] {
    return this.all().filter(({ owner }) => owner === null || alive([owner]).length === 0)
  }

  /** What everybody may see of it. */
  describe({ command, io, startedAt, program, owner }: Kept, paused: boolean): DetachedContainer {
    const { id } = command
    const lives = alive([program]).length > 0
    const status = lives ? (paused ? 'paused' : 'running') : 'stopped'
    const pid = lives ? program.pid : 0
    const by = owner !== null && alive([owner]).length > 0 ? owner.pid : null
    return { id, command, io, pid, status, owner: by, startedAt, exit: lives ? null : this.end(id) }
  }

  remove(id: string): void {
    for (const file of [this.#file(id), this.endFile(id)]) rmSync(file, { force: true })
  }

  /** Writes down that a process of a container runs that is to end with this process. */
  mark(id: string, tag: number): void {
    const mark: Mark = { id, tag, owner: identify(process.pid) }
    writeFileSync(this.#mark(tag), JSON.stringify(mark))
  }

  unmark(tag: number): void {
    rmSync(this.#mark(tag), { force: true })
  }

  /** The marks of processes whose owner is dead. */
  abandoned(): Mark[] {
    const names = readdirSync(this.#folder).filter((name) => name.endsWith('.run'))
    const marks = names.map((name) => read<Mark>(join(this.#folder, name))).filter((mark) => mark !== null)
    return marks.filter(({ owner }) => owner === null || alive([owner]).length === 0)
  }

  #mark(tag: number): string {
    return join(this.#folder, `${tag}.run`)
  }

  #file(id: string): string {
    return join(this.#folder, `${id}.json`)
  }
}

function read<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return null
  }
}
