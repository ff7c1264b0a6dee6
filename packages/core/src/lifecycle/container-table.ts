import { ExecdError } from '../errors/execd-error.js'
import type { Container } from './container.js'
import type { Life } from './life.js'
import type { Stopper } from './stopper.js'

/** A container that lives, with what only the runtime may do to it. */
export interface Entry {
  readonly container: Container
  readonly life: Life
  readonly detached: boolean
}

/** The containers of one runtime by id: those being created, and those that live. An id is free again when its container is wholly gone. */
export class ContainerTable {
  readonly #creating = new Map<string, Stopper>()
  readonly #live = new Map<string, Entry>()

  /** Takes an id. Throws EXECD_ID_IN_USE. */
  reserve(id: string, stopper: Stopper): void {
    if (this.#creating.has(id) || this.#live.has(id)) {
      throw new ExecdError('EXECD_ID_IN_USE', `container ${id} exists already in this runtime`, {
        details: { container: id, path: 'id' },
      })
    }
    this.#creating.set(id, stopper)
  }

  /** The container of a reserved id lives. */
  add(id: string, entry: Entry): void {
    this.#creating.delete(id)
    this.#live.set(id, entry)
  }

  free(id: string): void {
    this.#creating.delete(id)
    this.#live.delete(id)
  }

  get(id: string): Container | undefined {
    return this.#live.get(id)?.container
  }

  /** Those that live, oldest first. */
  live(): Entry[] {
    return [...this.#live.values()]
  }

  /** What stops those being created. */
  creating(): Stopper[] {
    return [...this.#creating.values()]
  }
}
