import { ExecdError } from '@execd/core/driver'
import type { Syscalls } from '../sys/syscalls.js'
import { Owner } from './owner.js'
import { openStateRoot, type StateRoot } from './state-root.js'
import { tagText } from './tags.js'

/** What one driver keeps in the state folder; made when it is first needed. */
export class DriverState {
  readonly #stateDir: string | null
  readonly #sys: () => Syscalls
  #root: StateRoot | null = null
  #owner: Owner | null = null
  #problem: ExecdError | null = null
  #tidy = true

  constructor(stateDir: string | null, sys: () => Syscalls) {
    this.#stateDir = stateDir
    this.#sys = sys
  }

  get sys(): Syscalls {
    return this.#sys()
  }

  /** Throws EXECD_HOST when it cannot be used. */
  get root(): StateRoot {
    this.#root ??= openStateRoot(this.#stateDir)
    return this.#root
  }

  /** Throws EXECD_HOST when nothing can be kept there. */
  get owner(): Owner {
    this.#owner ??= this.#create()
    return this.#owner
  }

  /** The owner, where one can be told from others: containers run without it too, and are then nobody's to sweep. */
  get ownerIfAny(): Owner | null {
    if (this.#problem !== null) return null
    try {
      return this.owner
    } catch (error) {
      if (!ExecdError.is(error)) throw error
      this.#problem = error
      return null
    }
  }

  /** What groups that belong to this driver are tagged with; null: no tag. */
  get tag(): string | null {
    const owner = this.ownerIfAny
    return owner === null ? null : tagText({ owner: owner.token })
  }

  /** Something of a container could not be removed: others are to look when this driver is gone. */
  noteLeft(): void {
    this.#tidy = false
  }

  /** Lets everything go. */
  close(): void {
    this.#owner?.close(this.#tidy)
    this.#owner = null
    this.#root?.close()
    this.#root = null
  }

  #create(): Owner {
    try {
      return Owner.create(this.root, this.#sys())
    } catch (error) {
      if (ExecdError.is(error)) throw error
      const errno = (error as { code?: unknown }).code
      throw new ExecdError('EXECD_HOST', `nothing can be written to the state folder: ${String(errno)}`, {
        hint: 'make room there, or give the option `stateDir` another folder',
        details: { driver: 'native', path: 'stateDir', ...(typeof errno === 'string' ? { errno } : {}) },
        cause: error,
      })
    }
  }
}
