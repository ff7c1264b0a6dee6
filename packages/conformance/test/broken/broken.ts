import type { Case } from '@execd/conformance'
import type { FakeDriver } from '@execd/conformance/fake'

/** A driver with one fault, and the cases that are about it. */
export interface Broken {
  /** What it does wrong. */
  readonly fault: string
  /** `state` is a folder for detached containers. */
  readonly create: (state: string) => FakeDriver
  /** Ids of the cases that must fail; all others must pass. */
  readonly fails: readonly Case['id'][]
  /** Its fault reaches what runs beside it. */
  readonly alone?: boolean
  /** It is about detached containers. */
  readonly keeps?: boolean
}
