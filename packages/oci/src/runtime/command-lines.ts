import type { Runtime } from './find-runtime.js'

/** Name of the container in its runtime's state, which is a folder of its own: it cannot meet another one. */
const NAME = 'container'

/** Where the parts of a container are, for its runtime. */
export interface Bundle {
  /** Its folder, with config.json. */
  readonly dir: string
  /** Whether it has cgroups. */
  readonly cgroups: boolean
}

/** Files and folders in a container's folder, or in that of an exec. */
export const FILES = {
  config: 'config.json',
  process: 'process.json',
  log: 'log',
  pid: 'pid',
  console: 'console',
}

function common(runtime: Runtime, { dir, cgroups }: Bundle, logDir: string): string[] {
  const manager = runtime.kind === 'crun' && !cgroups ? ['--cgroup-manager', 'disabled'] : []
  return [
    runtime.path,
    '--root',
    `${dir}/runtime`,
    '--log',
    `${logDir}/${FILES.log}`,
    '--log-format',
    'json',
    ...manager,
  ]
}

/** Makes the container up to the moment before the program. The keeper's folder is that of the container. */
export function createLine(runtime: Runtime, bundle: Bundle, terminal: boolean): string[] {
  const { dir } = bundle
  const socket = terminal ? ['--console-socket', FILES.console] : []
  return [
    ...common(runtime, bundle, dir),
    'create',
    '--bundle',
    dir,
    '--pid-file',
    `${dir}/${FILES.pid}`,
    ...socket,
    NAME,
  ]
}

/** Lets the program run. */
export function startLine(runtime: Runtime, bundle: Bundle): string[] {
  return [...common(runtime, bundle, bundle.dir), 'start', NAME]
}

/** Removes what the runtime keeps of a container, and ends it. No error when there is nothing. */
export function deleteLine(runtime: Runtime, bundle: Bundle): string[] {
  return [...common(runtime, bundle, bundle.dir), 'delete', '--force', NAME]
}

/** One more process, whose folder has process.json. `group` is the name of a cgroup below the container's. */
export function execLine(
  runtime: Runtime,
  bundle: Bundle,
  exec: { readonly dir: string; readonly terminal: boolean; readonly group: string | null },
): string[] {
  const { dir, terminal, group } = exec
  return [
    ...common(runtime, bundle, dir),
    'exec',
    '--detach',
    '--process',
    `${dir}/${FILES.process}`,
    '--pid-file',
    `${dir}/${FILES.pid}`,
    ...(terminal ? ['--tty', '--console-socket', FILES.console] : []),
    ...(group === null ? [] : ['--cgroup', group]),
    NAME,
  ]
}
