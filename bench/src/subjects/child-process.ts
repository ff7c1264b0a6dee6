import { join } from 'node:path'
import { BUSYBOX } from '../host/workshop.js'
import { programSubject } from './program-subject.js'

/** The base of all ratios: the same busybox as a bare child of Node, with no isolation at all. */
export const childProcess = programSubject({
  name: 'child_process',
  program: 'busybox',
  path: ({ rootfs }) => join(rootfs, BUSYBOX),
  version: null,
  deeds: {
    namespaces: 'none',
    network: "the host's",
    root: "the host's",
    seccomp: 'none',
    capabilities: 'all kept',
    limits: 'none',
    devices: 'all',
    result: 'output, exit status',
  },
  needsRoot: false,
  passesStreams: true,
  place: async (_workshop, applet) => applet,
  exec: null,
  stop: null,
})
