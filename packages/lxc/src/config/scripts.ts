import type { Rootfs } from '@execd/core/driver'
import { unsupported } from '../errors.js'
import type { CreatedDevice } from './limits.js'
import { shellWord } from './lines.js'

type Overlay = Extract<Rootfs, { type: 'overlay' }>

/** A path as a layer: mount(8) splits options at commas and overlayfs splits layers at colons. Throws EXECD_UNSUPPORTED. */
export function layer(path: string, field: string): string {
  if (/[,:\\"]/.test(path))
    throw unsupported(field, 'the path of a layer cannot hold a comma, a colon, a quote or a backslash')
  return path
}

/** Begins every script. */
export const HEAD = '#!/bin/sh\nset -eu\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n'

/**
 * Mounts an overlay at `root`, in the container's mount namespace; a throw-away layer is a tmpfs at `scratch`. An ordinary user's notes of removed folders are attributes that
 * a user may set.
 */
export function overlayScript(
  rootfs: Overlay,
  { root, scratch, rootless }: { root: string; scratch: string; rootless: boolean },
): string {
  const lower = rootfs.lower.map((path, index) => layer(path, `rootfs.lower[${index}]`)).join(':')
  const kept = rootfs.upper !== null && rootfs.work !== null
  const upper = kept ? layer(rootfs.upper ?? '', 'rootfs.upper') : `${scratch}/upper`
  const work = kept ? layer(rootfs.work ?? '', 'rootfs.work') : `${scratch}/work`
  const size = rootfs.size === null ? '' : `,size=${rootfs.size}`
  const make = kept
    ? ''
    : `mount -t tmpfs -o nosuid,nodev,mode=0755${size} execd ${shellWord(scratch)}\nmkdir ${shellWord(upper)} ${shellWord(work)}\n`
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}${rootless ? ',userxattr' : ''}`
  return `${HEAD}${make}exec mount -t overlay -o ${shellWord(options)} overlay ${shellWord(root)}\n`
}

function nodeCommands(node: CreatedDevice): string {
  const path = `"$LXC_ROOTFS_MOUNT"${shellWord(node.path)}`
  const parents = node.path.split('/').slice(0, -1).join('/')
  const numbers = node.type === 'p' ? '' : ` ${node.major} ${node.minor}`
  return [
    `mkdir -p "$LXC_ROOTFS_MOUNT"${shellWord(parents)}`,
    `rm -f ${path}`,
    `mknod ${path} ${node.type}${numbers}`,
    `chown ${node.uid}:${node.gid} ${path}`,
    `chmod ${node.fileMode.toString(8)} ${path}`,
  ].join('\n')
}

/** Makes device nodes in the container's new /dev. */
export function nodesScript(nodes: readonly CreatedDevice[]): string {
  return `${HEAD}umask 022\n${nodes.map(nodeCommands).join('\n')}\n`
}

/** Keeps what the kernel counted of kills for want of memory: in v1 that goes with the group. */
export function countersScript(oomControl: string, to: string): string {
  return `${HEAD}[ ! -e ${shellWord(oomControl)} ] || cat ${shellWord(oomControl)} >${shellWord(to)}\n`
}

/** What the start-host hook does, in this order; LXC_PID is the container's first process, which waits. */
export interface StartHostWork {
  /** Kernel parameters, as pairs of key and value. LXC's own way (lxc.sysctl) comes after /proc/sys was made read-only. */
  readonly sysctls: ReadonlyArray<readonly [key: string, value: string]>
  /** Where it is noted which parameter failed. */
  readonly failed: string
  /** FIFOs by which the caller's hook is asked: the pid goes out, "go" or something else comes back. */
  readonly prestart: { readonly ask: string; readonly answer: string } | null
  /** Made by an ordinary user, who has rights over the namespaces only in the container's user namespace. */
  readonly rootless: boolean
}

/** Sets kernel parameters in the container's namespaces, through the host's /proc, and waits for the caller's verdict. */
export function startHostScript({ sysctls, failed, prestart, rootless }: StartHostWork): string {
  const inside = `nsenter -t "$LXC_PID" ${rootless ? '-U --preserve-credentials ' : ''}-n -i -u --`
  const set = sysctls.map(([key, value]) => {
    const path = `/proc/sys/${key.replaceAll('.', '/')}`
    const write = `${inside} sh -c 'printf "%s" "$2" >"$1"' sh ${shellWord(path)} ${shellWord(value)}`
    return `${write} 2>${shellWord(failed)} || { echo ${shellWord(key)} >>${shellWord(failed)}; exit 1; }\n`
  })
  const ask =
    prestart === null
      ? ''
      : `echo "$LXC_PID" >${shellWord(prestart.ask)}\nread -r word <${shellWord(prestart.answer)}\n[ "$word" = go ]\n`
  return `${HEAD}${set.join('')}rm -f ${shellWord(failed)}\n${ask}`
}
