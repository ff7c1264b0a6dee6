import { BUSYBOX } from '../host/workshop.js'
import { programSubject } from './program-subject.js'

const UNSHARE = ['pid', 'ipc', 'uts', 'cgroup', 'net'].map((name) => `--unshare-${name}`)

/** bubblewrap, as sandboxes of tools and desktop programs use it. It sets no limits; a caller who wants them uses something else beside it. */
export const bubblewrap = programSubject({
  name: 'bubblewrap',
  program: 'bwrap',
  version: ['--version'],
  deeds: {
    namespaces: 'mount pid ipc uts cgroup',
    network: 'own, lo only',
    root: 'own, /dev /proc',
    seccomp: 'none',
    capabilities: 'none kept, no new',
    limits: 'none',
    devices: 'own /dev, no filter',
    result: 'output, exit status',
  },
  needsRoot: false,
  passesStreams: true,
  place: async ({ rootfs }, applet) => [
    ...['--bind', rootfs, '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...UNSHARE,
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv', '--setenv', 'PATH', '/bin'],
    ...[BUSYBOX, ...applet],
  ],
  exec: null,
  stop: null,
})
