/** One thing that a driver needs or can use on a host. */
export interface ProbeCheck {
  /** Short and stable, such as "user-namespaces" or "cgroup-memory". */
  readonly name: string
  /** "ok"; "degraded": works with less (the reason says what is missing); "missing": what depends on it is refused. */
  readonly status: 'ok' | 'degraded' | 'missing'
  /** Whether the driver can run anything at all without it. */
  readonly required: boolean
  /** What was found. */
  readonly reason: string
  /** What to do about it, with the exact command where there is one. */
  readonly hint?: string
}

/** What a host allows a driver to do. */
export interface ProbeReport {
  readonly driver: string
  /** Whether containers can be run: no required check is missing. */
  readonly usable: boolean
  /** One at least. */
  readonly checks: readonly ProbeCheck[]
  /** Facts for people, such as the kernel's release and the cgroup layout. */
  readonly facts: Readonly<Record<string, string>>
}
