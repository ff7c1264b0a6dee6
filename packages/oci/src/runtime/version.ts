/** A kind of runtime that this driver knows the ways of; "other" is taken to be like runc. */
export type RuntimeKind = 'runc' | 'crun' | 'other'

export interface RuntimeVersion {
  readonly kind: RuntimeKind
  /** As the runtime tells it, such as "runc 1.1.5+ds1". */
  readonly text: string
  readonly major: number
  readonly minor: number
}

/** Reads the output of `--version`: "runc version 1.1.5+ds1" and more lines. Null for anything else. Pure. */
export function parseVersion(output: string): RuntimeVersion | null {
  const [, name, version, major, minor] =
    /^([A-Za-z0-9_.-]+) version[: ]+(v?(\d+)\.(\d+)\S*)/m.exec(output.slice(0, 4096)) ?? []
  if (name === undefined || version === undefined) return null
  const kind = name === 'runc' || name === 'crun' ? name : 'other'
  return { kind, text: `${name} ${version}`, major: Number(major), minor: Number(minor) }
}

/** The oldest releases that have what is used: `exec --cgroup`, recursive mount options, `umask`. */
const OLDEST: Readonly<Record<RuntimeKind, readonly [major: number, minor: number]>> = {
  runc: [1, 1],
  crun: [1, 8],
  other: [0, 0],
}

/** Which release is needed, when this one is older; else null. Pure. */
export function neededVersion({ kind, major, minor }: RuntimeVersion): string | null {
  const [oldest, oldestMinor] = OLDEST[kind]
  return major > oldest || (major === oldest && minor >= oldestMinor) ? null : `${oldest}.${oldestMinor}`
}
