import type { Workshop } from '../host/workshop.js'

/** What the bench asks of a process that measures. */
export type Request =
  | {
      readonly do: 'open'
      readonly workshop: Workshop
      readonly subjects: readonly string[]
      /** Bytes to hold. */
      readonly hold: number
    }
  | { readonly do: 'before' | 'after'; readonly measure: string; readonly subject: string }
  | { readonly do: 'sample'; readonly measure: string; readonly subject: string; readonly quick: boolean }
  | { readonly do: 'close' }
  | { readonly do: 'ping' }

/** What came of opening a subject. */
export type Opened = { readonly version: string } | { readonly reason: string }

/** What a process that measures answers to each. */
export interface Answers {
  readonly open: { readonly subjects: Readonly<Record<string, Opened>>; readonly rssMiB: number }
  readonly before: null
  readonly after: null
  readonly sample: readonly number[]
  readonly close: null
  readonly ping: null
}

/** A reply to the request of this number: a value, or the text of an error. */
export interface Reply {
  readonly id: number
  readonly value?: Answers[Request['do']]
  readonly error?: string
}

/** The text of anything thrown. */
export function textOf(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message
  return typeof message === 'string' ? message : String(error)
}
