import { CAPABILITIES, type Command, resolveCommand } from '@execd/core/driver'
import type { RenderInput } from '../../dist/config/input.js'
import { renderConfig } from '../../dist/config/render.js'

/** A command with the given parts. */
export function command(parts: object = {}, process: object = {}): Command {
  return resolveCommand({ id: 'c1', rootfs: '/srv/root', ...parts, process: { args: ['true'], ...process } })
}

/** An input of the renderer as it is on a host with cgroup v1. */
export function input(of: Command, more: Partial<RenderInput> = {}): RenderInput {
  return {
    command: of,
    rootfs: '/srv/root',
    rootMount: '/run/execd-lxc/1/.root',
    createTargets: false,
    user: { uid: 0, gid: 0, groups: [0], home: '/root' },
    environment: Object.entries(of.process.env),
    cgroup: {
      version: 1,
      container: 'execd-lxc/c1/payload',
      monitor: 'execd-lxc/.monitor/c1',
      pivot: 'execd-lxc/.pivot',
      swapCounted: true,
    },
    shared: { pid: null, ipc: null, uts: null, net: null },
    created: [],
    binds: [],
    masked: [],
    readonlyPaths: [],
    seccomp: null,
    apparmor: false,
    capabilities: new Set(CAPABILITIES),
    hooks: { preMount: null, autodev: null, startHost: null, stop: null },
    raw: [],
    ...more,
  }
}

/** The lines of a configuration. */
export function lines(of: Command, more: Partial<RenderInput> = {}): string[] {
  return renderConfig(input(of, more)).trimEnd().split('\n')
}
