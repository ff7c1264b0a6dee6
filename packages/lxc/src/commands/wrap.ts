import { readFileSync } from 'node:fs'
import type { ToolRunner } from './run.js'

/** What a process inherits and LXC has no key or option for. */
export interface InheritedAttributes {
  readonly umask: number
  /** Null: as inherited. */
  readonly oomScoreAdj: number | null
  /** Files of cgroups to write the pid to. */
  readonly join: readonly string[]
}

const SCRIPT =
  'umask "$1"; [ -z "$2" ] || echo "$2" >/proc/self/oom_score_adj || exit 125; n=$3; shift 3; ' +
  'while [ "$n" -gt 0 ]; do echo $$ >"$1" || exit 125; shift; n=$((n - 1)); done; exec "$@"'

/** The own mask, which cannot be asked for without setting it but here. */
function ownUmask(): number {
  const mask = /^Umask:\s*([0-7]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]
  return mask === undefined ? -1 : Number.parseInt(mask, 8)
}

/** The tool as it is when this process has the attributes already, which is the rule; else by a shell that sets them and becomes the tool. */
export async function withProcessAttributes(
  tools: ToolRunner,
  program: string,
  args: readonly string[],
  wanted: InheritedAttributes,
): Promise<{ program: string; args: readonly string[] }> {
  const { umask, oomScoreAdj, join } = wanted
  if (oomScoreAdj === null && join.length === 0 && ownUmask() === umask) return { program, args }
  const path = await tools.find(program)
  return {
    program: 'sh',
    args: [
      '-c',
      SCRIPT,
      'sh',
      umask.toString(8).padStart(4, '0'),
      String(oomScoreAdj ?? ''),
      String(join.length),
      ...join,
      path,
      ...args,
    ],
  }
}
