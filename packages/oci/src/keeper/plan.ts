import type { Rotation, TerminalSize } from '@execd/core/driver'

/** What becomes of one of the three descriptors: see struct stdio_plan in helper/keeper.h. */
export type KeeperStdio =
  | { readonly kind: 'pipe' | 'ignore' | 'terminal' | 'unseen' }
  /** Number of a descriptor in the keeper: those above 3 that it is started with. */
  | { readonly kind: 'fd'; readonly fd: number }
  | { readonly kind: 'rotate'; readonly path: string; readonly rotation: Rotation; readonly append: boolean }

/** A mount of the runtime's own mount namespace. Type "folder" makes the folder only. */
export interface KeeperMount {
  readonly type: string
  readonly source: string
  readonly target: string
  readonly flags: number
  readonly data: string
}

/** What a keeper is to do, in the order in which it does it. */
export interface KeeperPlan {
  /** The folder of the process: where the keeper works, and where the runtime leaves the file "pid". */
  readonly dir: string
  /** Name of a socket in `dir` by which later owners come. Null: the process ends with its owner. */
  readonly listen: string | null
  /** Wait for `go()` between "create" and "start". */
  readonly hold: boolean
  readonly stdio: readonly [KeeperStdio, KeeperStdio, KeeperStdio]
  /** Host id of the user that pipes are given to. Null: nobody. */
  readonly owner: number | null
  readonly size: TerminalSize | null
  /** Mounts that the runtime must not see, and those that it needs, in a mount namespace of its own. Null: it runs in that of the host. */
  readonly mounts: { readonly hidden: readonly string[]; readonly made: readonly KeeperMount[] } | null
  /** Command lines by full path. Without `start` the process runs when `create` is done. */
  readonly create: readonly string[]
  readonly start: readonly string[] | null
  readonly finish: ReadonlyArray<readonly string[]>
  readonly environment: readonly string[]
  /** Files that are written when the process is created. */
  readonly writes: ReadonlyArray<readonly [path: string, data: string]>
  /** Cgroups that are emptied and removed in the end. */
  readonly groups: readonly string[]
  /** Files whose text is told in the end, before the groups are removed. */
  readonly counters: readonly string[]
  /** Folder of the memory group that is watched for kills for want of memory. */
  readonly oom: { readonly dir: string; readonly version: 1 | 2 } | null
  /** Folders that are removed in the end when no owner is there to do it, with all that is in them; and those removed if they are empty. */
  readonly remove: readonly string[]
  readonly prune: readonly string[]
}

function stdioFields(stdio: KeeperStdio, number: number): string[] {
  const head = ['stdio', String(number), stdio.kind]
  if (stdio.kind === 'fd') return [...head, String(stdio.fd)]
  if (stdio.kind !== 'rotate') return head
  const { path, rotation, append } = stdio
  return [...head, path, String(rotation.maxSize), String(rotation.maxFiles), append ? '1' : '0']
}

const counted = (list: readonly string[]): string[] => [String(list.length), ...list]
const each = (word: string, list: readonly string[]): string[] => list.flatMap((value) => [word, value])

function mountFields(mounts: KeeperPlan['mounts']): string[] {
  if (mounts === null) return []
  const made = mounts.made.flatMap(({ type, source, target, flags, data }) => [
    'mount',
    type,
    source,
    target,
    String(flags),
    data,
  ])
  return ['own-mounts', ...each('unmount', mounts.hidden), ...made]
}

/** A plan as the strings of a message: helper/plan.c reads them. Pure. */
export function planFields(plan: KeeperPlan): string[] {
  const { listen, owner, size, start, oom } = plan
  return [
    'dir',
    plan.dir,
    ...(listen === null ? [] : ['listen', listen]),
    ...(plan.hold ? ['hold'] : []),
    ...(owner === null ? [] : ['owner', String(owner)]),
    ...(size === null ? [] : ['size', String(size.height), String(size.width)]),
    ...plan.stdio.flatMap(stdioFields),
    ...mountFields(plan.mounts),
    'environment',
    ...counted(plan.environment),
    'tool',
    'create',
    ...counted(plan.create),
    ...(start === null ? [] : ['tool', 'start', ...counted(start)]),
    ...plan.finish.flatMap((args) => ['tool', 'finish', ...counted(args)]),
    ...plan.writes.flatMap(([path, data]) => ['write', path, data]),
    ...each('group', plan.groups),
    ...each('counter', plan.counters),
    ...(oom === null ? [] : ['oom', String(oom.version), oom.dir]),
    ...each('remove', plan.remove),
    ...each('prune', plan.prune),
  ]
}
