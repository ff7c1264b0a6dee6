import type { DriverCapabilities, OptionalVerb } from '../contract/capabilities.js'
import type { Driver } from '../contract/driver.js'
import { ExecdError } from '../errors/execd-error.js'
import { toExecdError } from '../errors/to-execd-error.js'

/** The methods that `call` reaches. */
type Verb = Exclude<keyof Driver, 'name' | 'capabilities' | symbol>

/** A driver with what is the same for all: capabilities read once (again after a failure), foreign errors wrapped, disposed once. */
export class ManagedDriver {
  readonly #driver: Driver
  #capabilities: Promise<DriverCapabilities> | null = null
  #known: DriverCapabilities | null = null
  #disposal: Promise<void> | null = null

  constructor(driver: Driver) {
    this.#driver = driver
  }

  get name(): string {
    return this.#driver.name
  }

  /** What the driver can do here. */
  capabilities(): Promise<DriverCapabilities> {
    this.#capabilities ??= this.#wrap(() => this.#driver.capabilities()).then(
      (capabilities) => {
        this.#known = capabilities
        return capabilities
      },
      (error: unknown) => {
        this.#capabilities = null
        throw error
      },
    )
    return this.#capabilities
  }

  /** The same once it is known, else null. */
  get known(): DriverCapabilities | null {
    return this.#known
  }

  /** Rejects with EXECD_UNSUPPORTED when the driver does not have the verb here. */
  async ensure(verb: OptionalVerb): Promise<void> {
    const { verbs } = await this.capabilities()
    const support = verbs[verb] ?? { reason: 'the driver does not have it' }
    if (support === true) return
    throw new ExecdError('EXECD_UNSUPPORTED', `driver ${this.name} cannot do "${verb}": ${support.reason}`, {
      ...(support.hint === undefined ? {} : { hint: support.hint }),
      details: { driver: this.name, step: verb },
    })
  }

  /** Calls a method of the driver. Whatever it throws comes out as an ExecdError. */
  call<V extends Verb>(verb: V, ...args: Parameters<Driver[V]>): Promise<Awaited<ReturnType<Driver[V]>>> {
    const method = this.#driver[verb] as (...args: unknown[]) => unknown
    return this.#wrap(() => method.apply(this.#driver, args)) as Promise<Awaited<ReturnType<Driver[V]>>>
  }

  /** Disposes the driver, once. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#wrap(() => this.#driver[Symbol.asyncDispose]()).then(() => {})
    return this.#disposal
  }

  async #wrap<T>(work: () => T): Promise<Awaited<T>> {
    try {
      return await work()
    } catch (error) {
      throw toExecdError(error, this.name)
    }
  }
}
