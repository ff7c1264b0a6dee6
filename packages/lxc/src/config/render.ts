import type { RenderInput } from './input.js'
import { deviceConfig, limitConfig } from './limits.js'
import { line } from './lines.js'
import { mountLines } from './mounts.js'
import { namespaceLines } from './namespaces.js'
import { networkLines } from './network.js'
import { processLines } from './process.js'

function rootLines({ command, rootfs, rootMount }: RenderInput): string[] {
  return [
    line('lxc.rootfs.path', `dir:${rootfs}`, 'rootfs.path'),
    line('lxc.rootfs.mount', rootMount),
    ...(command.rootfs.readonly ? [line('lxc.rootfs.options', 'ro')] : []),
  ]
}

function cgroupLines({ command, cgroup, created, rootless }: RenderInput): string[] {
  const { container, inner, monitor, pivot } = cgroup
  return [
    line('lxc.cgroup.dir.container', container),
    ...(inner === null ? [] : [line('lxc.cgroup.dir.container.inner', inner)]),
    line('lxc.cgroup.dir.monitor', monitor),
    line('lxc.cgroup.dir.monitor.pivot', pivot),
    ...limitConfig(command, cgroup),
    ...(rootless ? [] : deviceConfig(command, created, cgroup)), // only root may write those
  ]
}

function hookLines({ hooks }: RenderInput): string[] {
  const all = [
    ['pre-mount', hooks.preMount],
    ['autodev', hooks.autodev],
    ['start-host', hooks.startHost],
    ['stop', hooks.stop],
  ] as const
  return all.flatMap(([name, program]) => (program === null ? [] : [line(`lxc.hook.${name}`, program)]))
}

/**
 * The configuration of a container, as LXC 4.0 and later read it. Pure: all that depends on the host is in the input.
 *
 * @throws ExecdError EXECD_UNSUPPORTED for a value that cannot be written in a configuration.
 */
export function renderConfig(input: RenderInput): string {
  const { command, seccomp, raw } = input
  const lines = [
    ...rootLines(input),
    line('lxc.tty.max', 0),
    line('lxc.pty.max', 1024),
    line('lxc.autodev', 1),
    line('lxc.console.path', input.console ?? 'none'),
    ...namespaceLines(input),
    ...networkLines(command.network, input.shared.net),
    ...mountLines(input),
    ...cgroupLines(input),
    ...processLines(input),
    ...(seccomp === null ? [] : [line('lxc.seccomp.profile', seccomp)]),
    ...hookLines(input),
    ...raw,
  ]
  return `${lines.join('\n')}\n`
}
