import { EventEmitter } from 'node:events'

/** Events by name, with the arguments that their listeners get. */
type EventMap<Events> = { [Name in keyof Events]: unknown[] }

type Listener<Arguments extends unknown[]> = (...args: Arguments) => void

/** Typed events without the rest of EventEmitter. Works with `once` and `on` of node:events. */
export class Emitter<Events extends EventMap<Events>> {
  readonly #emitter = new EventEmitter()

  /** Calls the listener at each event. */
  on<Name extends keyof Events & string>(event: Name, listener: Listener<Events[Name]>): this {
    this.#emitter.on(event, listener as Listener<unknown[]>)
    return this
  }

  /** Calls the listener at the next event only. */
  once<Name extends keyof Events & string>(event: Name, listener: Listener<Events[Name]>): this {
    this.#emitter.once(event, listener as Listener<unknown[]>)
    return this
  }

  /** Takes a listener away. */
  off<Name extends keyof Events & string>(event: Name, listener: Listener<Events[Name]>): this {
    this.#emitter.off(event, listener as Listener<unknown[]>)
    return this
  }

  /** As `off`, by the name that node:events calls. */
  removeListener<Name extends keyof Events & string>(event: Name, listener: Listener<Events[Name]>): this {
    return this.off(event, listener)
  }

  /** A listener that throws is reported as an uncaught exception, as in Node, and neither stops the others nor the caller. */
  protected emit<Name extends keyof Events & string>(event: Name, ...args: Events[Name]): void {
    for (const listener of this.#emitter.rawListeners(event)) {
      try {
        listener.apply(this, args)
      } catch (error) {
        process.nextTick(() => {
          throw error
        })
      }
    }
  }
}
