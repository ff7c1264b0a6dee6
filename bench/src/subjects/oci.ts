import { join } from 'node:path'
import { BUSYBOX, type Workshop } from '../host/workshop.js'
import { writeBundle } from './oci-bundle.js'
import { programSubject } from './program-subject.js'
import type { Subject } from './subject.js'

/** An OCI runtime called with `run`, from a bundle that was written in advance. */
export function ociSubject(program: string): Subject {
  const root = ({ folder }: Workshop): string => join(folder, program)
  // Processes that measure live at the same time and share nothing but the machine.
  const id = (number: number): string => `${program}-${process.pid}-${number}`
  return programSubject({
    name: program,
    program,
    version: ['--version'],
    deeds: {
      namespaces: 'mount pid ipc uts cgroup',
      network: 'own, lo only',
      root: 'own, /dev /proc /sys, masked',
      seccomp: "Docker's profile",
      capabilities: "Docker's set, no new",
      limits: 'memory, pids',
      devices: 'own /dev, filter',
      result: 'output, exit status',
    },
    needsRoot: true,
    passesStreams: true,
    place: async (workshop, applet, number) => {
      const bundle = await writeBundle(workshop, id(number), applet)
      return ['--root', root(workshop), 'run', '--bundle', bundle, id(number)]
    },
    exec: (workshop, number, applet) => [
      program,
      ...['--root', root(workshop), 'exec', id(number), BUSYBOX, ...applet],
    ],
    stop: null,
  })
}
