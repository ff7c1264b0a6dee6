import { CAPABILITIES, type Command, resolveCommand } from '@execd/core/driver'
import type { RenderInput } from '../../dist/config/input.js'
import type { LimitHost } from '../../dist/config/limits.js'
import { renderConfig } from '../../dist/config/render.js'

/** A command with the given parts. */
export function command(parts: object = {}, process: object = {}): Command {
  return resolveCommand({ id: 'c1', rootfs: '/srv/root', ...parts, process: { args: ['true'], ...process } })
}

const V1_CONTROLLERS = ['memory', 'cpu', 'cpuset', 'pids', 'blkio', 'devices', 'freezer']
const V1_FILES = [
  'memory.memsw.limit_in_bytes',
  'memory.limit_in_bytes',
  'memory.soft_limit_in_bytes',
  'memory.swappiness',
  'memory.oom_control',
]
const V2_CONTROLLERS = ['memory', 'cpu', 'cpuset', 'pids', 'io']
const V2_FILES = ['memory.max', 'memory.swap.max', 'memory.low']

/** A host on which these and all files of the other controllers are in every group. */
export function limitHost(version: 1 | 2): LimitHost {
  const controllers = version === 1 ? V1_CONTROLLERS : V2_CONTROLLERS
  return {
    place: { version, parents: [{ controllers, top: '/sys/fs/cgroup', names: [] }], unavailable: {} },
    facts: { files: new Set(version === 1 ? V1_FILES : V2_FILES), swapAreas: false, hierarchical: true },
  }
}

/** An input of the renderer as it is on a host with cgroup v1. */
export function input(of: Command, more: Partial<RenderInput> = {}): RenderInput {
  return {
    command: of,
    console: null,
    init: null,
    rootfs: '/srv/root',
    rootMount: '/run/execd-lxc/1/.root',
    createTargets: false,
    user: { uid: 0, gid: 0, groups: [0], home: '/root' },
    environment: Object.entries(of.process.env),
    cgroup: {
      ...limitHost(1),
      container: 'execd-lxc/c1/payload',
      inner: null,
      monitor: 'execd-lxc/.monitor/c1',
      pivot: 'execd-lxc/.pivot',
    },
    shared: { pid: null, ipc: null, uts: null, net: null },
    created: [],
    binds: [],
    masked: [],
    readonlyPaths: [],
    seccomp: null,
    apparmor: false,
    rootless: false,
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
