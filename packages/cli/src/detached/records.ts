import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command, ProcessIO, Verdict } from '@execd/core'
import { Failure } from '../failure.js'
import { isAlive } from '../host/alive.js'
import { stateFolder } from './state-folder.js'

/** A driver forgets a container some milliseconds before its end is written down. */
const SETTLE_MS = 20
const SETTLE_LOOKS = 100

/** What the command line knows of a container that it started detached. */
export interface ContainerRecord {
  readonly id: string
  /** The driver, as it was named, with what it was created with. */
  readonly driver: string
  readonly driverOptions: unknown
  readonly from: string | null
  readonly stopSignal: NodeJS.Signals | number
  /** Time text. */
  readonly stopTimeout: string
  /** To be removed as soon as its end is seen. */
  readonly remove: boolean
  /** Process id of the starter while it has not started. */
  readonly starter: number | null
  /** Process id of the command that owned it last: where the driver knows the container no more, its end is being written. */
  readonly taker: number | null
  /** How it ended, when that was seen: the driver knows nothing of it any more. */
  readonly ended: Ended | null
}

/** The end of a container. */
export interface Ended {
  readonly command: Command
  readonly io: ProcessIO
  readonly startedAt: number
  readonly endedAt: number
  readonly verdict: Verdict
}

/** One folder for each container: its record, and the files of its output. */
export class Records {
  readonly #folder: string

  constructor(folder: string = stateFolder()) {
    this.#folder = folder
  }

  /** Where the output of a container goes. */
  outputFile(id: string, stream: 'stdout' | 'stderr'): string {
    return join(this.#folder, id, stream)
  }

  /** Makes the folder of a new container; nobody else has one of this id. */
  create(record: ContainerRecord): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    try {
      mkdirSync(join(this.#folder, record.id), { mode: 0o700 })
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error
      const hint = `execd rm ${record.id} removes it, when it has ended`
      throw new Failure(`--name: there is a container ${record.id}`, hint)
    }
    this.write(record)
  }

  write(record: ContainerRecord): void {
    const file = this.#file(record.id)
    // A driver may give a container to two commands for a moment: neither takes the other's file away.
    const aside = `${file}.${process.pid}`
    writeFileSync(aside, JSON.stringify(record), { mode: 0o600 })
    renameSync(aside, file)
  }

  read(id: string): ContainerRecord | undefined {
    try {
      return JSON.parse(readFileSync(this.#file(id), 'utf8')) as ContainerRecord
    } catch {
      return undefined
    }
  }

  /** The record of a container that its driver has forgotten: with its end, unless whoever took that died before it was written. */
  async settled(id: string): Promise<ContainerRecord | undefined> {
    for (let left = SETTLE_LOOKS; ; left--) {
      const record = this.read(id)
      if (record === undefined || record.ended !== null || record.taker === null) return record
      if (left === 0 || !isAlive(record.taker)) return record
      await sleep(SETTLE_MS)
    }
  }

  all(): ContainerRecord[] {
    return this.ids().flatMap((id) => this.read(id) ?? [])
  }

  /** Containers that have a folder, with a record in it or not. */
  ids(): string[] {
    try {
      return readdirSync(this.#folder)
    } catch {
      return []
    }
  }

  remove(id: string): void {
    rmSync(join(this.#folder, id), { recursive: true, force: true })
  }

  #file(id: string): string {
    return join(this.#folder, id, 'record.json')
  }
}
