import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { type ContainerOptions, containerOptions } from './container-options.js'
import type { RunningTool, ToolRunner } from './run.js'
import { type InheritedAttributes, withProcessAttributes } from './wrap.js'

const CLOEXEC = 0o2000000

/** What lxc-attach is started with. */
export interface LxcAttachRequest extends InheritedAttributes, ContainerOptions {
  /** A configuration with what holds for this process only. */
  readonly config: string
  readonly stdio: readonly [number, number, number]
  readonly uid: number
  readonly gid: number
  /** Its folder on the host, which lxc-attach changes into inside the container too. */
  readonly cwd: string
  readonly args: readonly string[]
}

/** Descriptors of this process that a child would inherit: lxc-attach passes them on into the container. */
function inheritable(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => {
      if (fd < 3) return false
      try {
        const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1]
        return flags !== undefined && (Number.parseInt(flags, 8) & CLOEXEC) === 0
      } catch {
        return false // the one of readdir
      }
    })
}

/** Starts `lxc-attach`, which joins the container, runs a program and waits for it. */
export async function lxcAttach(tools: ToolRunner, request: LxcAttachRequest): Promise<RunningTool> {
  const { uid, gid, umask, oomScoreAdj, join, cwd } = request
  const args = [
    '-q',
    ...containerOptions(request),
    '--clear-env',
    '--elevated-privileges=CGROUP', // it is in its groups already; all else is as in the container
    '-u',
    String(uid),
    '-g',
    String(gid),
    '--',
    ...request.args,
  ]
  const wrapped = await withProcessAttributes(tools, 'lxc-attach', args, { umask, oomScoreAdj, join })
  const leaks = inheritable()
  if (leaks.length === 0) return tools.spawn({ ...wrapped, stdio: request.stdio, cwd })
  // there is no way to have them closed, but each can be made the null device
  const nothing = openSync('/dev/null', 'r')
  try {
    const more = Array.from({ length: Math.max(...leaks) - 2 }, (_, index) =>
      leaks.includes(index + 3) ? nothing : 'ignore',
    )
    return await tools.spawn({ ...wrapped, stdio: [...request.stdio, ...more], cwd })
  } finally {
    closeSync(nothing)
  }
}
