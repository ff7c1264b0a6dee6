import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BUSYBOX, type Workshop } from '../host/workshop.js'
import { CAPABILITIES, MEMORY_LIMIT, PIDS_LIMIT } from './limits.js'
import { programSubject, type Recipe } from './program-subject.js'
import type { Subject } from './subject.js'

const SECCOMP = '/usr/share/lxc/config/common.seccomp'

const nameOf = (number: number): string => `lxc-${process.pid}-${number}`
const home = ({ folder }: Workshop): string => join(folder, 'lxc')
const containerOf = (workshop: Workshop, number: number): string[] => [
  '-P',
  home(workshop),
  '-n',
  nameOf(number),
]

/** What is the same whoever wrote the configuration. `containerOf`: the options of every tool of LXC for the container of a place. */
export function calledByHand(
  containerOf: (workshop: Workshop, number: number) => readonly string[],
): Omit<Recipe, 'name' | 'deeds' | 'place'> {
  return {
    program: 'lxc-start',
    version: ['--version'],
    needsRoot: true,
    passesStreams: false,
    exec: (workshop, number, applet) => [
      'lxc-attach',
      ...containerOf(workshop, number),
      ...['--clear-env', '--', BUSYBOX, ...applet],
    ],
    stop: (workshop, number) => ['lxc-stop', '-k', ...containerOf(workshop, number)],
    prove: provedByFile,
  }
}

/** LXC's lxc-start in the foreground, with a configuration that was written in advance. */
export const lxc = programSubject({
  name: 'lxc-start',
  deeds: {
    namespaces: 'mount pid ipc uts cgroup',
    network: 'own, lo only',
    root: 'own, /dev /proc /sys',
    seccomp: existsSync(SECCOMP) ? "LXC's short refuse list" : 'none',
    capabilities: "Docker's set, no new",
    limits: 'memory, pids',
    devices: 'own /dev, no filter',
    result: 'neither output nor exit status',
  },
  place: async (workshop, applet, number) => {
    const folder = join(home(workshop), nameOf(number))
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'config'), config(workshop, nameOf(number)))
    return ['-F', ...containerOf(workshop, number), '-f', join(folder, 'config'), '--', BUSYBOX, ...applet]
  },
  ...calledByHand(containerOf),
})

function config(workshop: Workshop, name: string): string {
  const limits: ReadonlyArray<readonly [string, string, number]> = [
    ['memory.limit_in_bytes', 'memory.max', MEMORY_LIMIT],
    ['pids.max', 'pids.max', PIDS_LIMIT],
  ]
  const v2 = workshop.layout === 'v2'
  return [
    `lxc.uts.name = ${name}`,
    `lxc.rootfs.path = dir:${workshop.rootfs}`,
    'lxc.net.0.type = empty',
    'lxc.autodev = 1',
    'lxc.mount.auto = proc:mixed sys:ro',
    'lxc.tty.max = 0',
    'lxc.no_new_privs = 1',
    `lxc.cap.keep = ${CAPABILITIES.join(' ').toLowerCase()}`,
    ...(existsSync(SECCOMP) ? [`lxc.seccomp.profile = ${SECCOMP}`] : []),
    `lxc.cgroup.dir = ${workshop.cgroup}/${name}`,
    ...limits.map(([one, two, limit]) => `lxc.${v2 ? `cgroup2.${two}` : `cgroup.${one}`} = ${limit}`),
    '',
  ].join('\n')
}

/** The exit status says nothing: a file that the command made does. */
async function provedByFile(subject: Subject, { rootfs }: Workshop): Promise<void> {
  const proof = join('/tmp', `lxc-ran-${process.pid}`)
  await subject.run(['touch', proof])
  if (!existsSync(join(rootfs, proof))) throw new Error('a command did not run')
}
