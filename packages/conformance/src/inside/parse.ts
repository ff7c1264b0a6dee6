/** What a process inside a container sees of itself. Null: there is no /proc to read it from. */
export interface Facts {
  readonly pid: number
  readonly uid: number
  readonly gid: number
  readonly groups: readonly number[]
  readonly cwd: string
  readonly umask: number
  readonly hostname: string
  /** RLIMIT_NOFILE. */
  readonly nofile: number
  /** Descriptors above 2 that are open. */
  readonly descriptors: readonly number[]
  /** Capability sets by their names in /proc/PID/status, as masks. */
  readonly capabilities: Readonly<Record<'CapInh' | 'CapPrm' | 'CapEff' | 'CapBnd' | 'CapAmb', bigint>> | null
  readonly noNewPrivileges: boolean | null
  /** 0 none, 1 strict, 2 filter. */
  readonly seccomp: number | null
  readonly cpus: string | null
  readonly oomScoreAdj: number | null
  /** All process ids that are seen. */
  readonly processes: readonly number[] | null
  /** Links of /proc/PID/ns by name. */
  readonly namespaces: Readonly<Record<string, string>>
  readonly interfaces: readonly string[] | null
}

/** Facts from the output of the script. Throws when it is not whole. */
export function parseFacts(output: string): Facts {
  const found = new Map(
    output.split('\n').flatMap((line) => {
      const at = line.indexOf('\t')
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const]
    }),
  )
  const text = (name: string): string => {
    const value = found.get(name)
    if (value === undefined)
      throw new Error(`the process inside told no "${name}": ${JSON.stringify(output)}`)
    return value
  }
  const maybe = (name: string): string | null => found.get(name) ?? null
  const number = (name: string): number | null => (found.has(name) ? Number(found.get(name)) : null)
  const mask = (name: string): bigint => BigInt(`0x${text(name)}`)
  return {
    pid: Number(text('pid')),
    uid: Number(text('uid')),
    gid: Number(text('gid')),
    groups: words(text('groups')).map(Number),
    cwd: text('cwd'),
    umask: Number.parseInt(text('umask'), 8),
    hostname: text('hostname'),
    nofile: Number(text('nofile')),
    descriptors: descriptorsOf(words(text('probed')), maybe('links')),
    capabilities: found.has('CapEff')
      ? {
          CapInh: mask('CapInh'),
          CapPrm: mask('CapPrm'),
          CapEff: mask('CapEff'),
          CapBnd: mask('CapBnd'),
          CapAmb: mask('CapAmb'),
        }
      : null,
    noNewPrivileges: found.has('NoNewPrivs') ? text('NoNewPrivs') === '1' : null,
    seccomp: number('Seccomp'),
    cpus: maybe('Cpus_allowed_list'),
    oomScoreAdj: number('oomScoreAdj'),
    processes: found.has('processes') ? words(text('processes')).map(Number) : null,
    namespaces: Object.fromEntries(
      [...found].filter(([name]) => name.startsWith('ns.')).map(([name, value]) => [name.slice(3), value]),
    ),
    interfaces: found.has('interfaces') ? words(text('interfaces')) : null,
  }
}

function descriptorsOf(probed: readonly string[], links: string | null): number[] {
  const listed = words(links ?? '')
    .map(Number)
    .filter((fd) => fd > 2)
  return [...new Set([...probed.map(Number), ...listed])].sort((a, b) => a - b)
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
