/** Whether something can be done: true, or why not and what would help. */
export type Support = true | { readonly reason: string; readonly hint?: string }

/** The optional verbs of a driver. `run`, `kill`, `terminate`, `clean`, `info`, `getPids`, `probe` and `capabilities` are owed by every driver. */
export const OPTIONAL_VERBS = [
  'exec',
  'pause',
  'stats',
  'update',
  'resize',
  'recover',
  'detach',
  'prestart',
  'rotate',
  'sweep',
  'execResources',
] as const

export type OptionalVerb = (typeof OPTIONAL_VERBS)[number]

/** A rule of the contract that a driver does not wholly keep. */
export interface Exception {
  /** What differs, and why, for people. */
  readonly reason: string
  /** Words of the failure that follows from it, by which the conformance kit knows it. Any other failure of the rule still counts. */
  readonly shows: string
}

/**
 * What a driver can really do on this host. Plain data: it can be sent and compared.
 *
 * A key of `fields` is a leaf of `Command`, such as "resources.memory.limit", or a leaf with a value where the value decides: "network.mode=bridge",
 * "rootfs.type=overlay", "mounts=tmpfs", "namespaces.pid=container" (`fieldKeys()` lists all). A key that is missing counts as not supported, so that a driver
 * written before a field existed refuses it.
 */
export interface DriverCapabilities {
  readonly fields: Readonly<Record<string, Support>>
  readonly verbs: Readonly<Partial<Record<OptionalVerb, Support>>>
  /**
   * Known differences, by the id that a rule has in the conformance kit, such as "env.others". Only for rules that are a SHOULD; the kit checks that each is still
   * needed. Default: none.
   */
  readonly exceptions?: Readonly<Record<string, Exception>>
}
