import { mkdir, writeFile } from 'node:fs/promises'
import { release } from 'node:os'
import { join } from 'node:path'
import { loadDefaultProfile, ruleContext } from '@execd/linux/seccomp'
import { BUSYBOX, type Workshop } from '../host/workshop.js'
import { CAPABILITIES, MEMORY_LIMIT, PIDS_LIMIT } from './limits.js'
import { ociSeccomp } from './oci-seccomp.js'
import type { Applet } from './subject.js'

const MASKED = ['acpi', 'kcore', 'keys', 'latency_stats', 'timer_list', 'timer_stats', 'sched_debug', 'scsi']
const READONLY = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger']

/** config.json of the OCI runtime specification with what Docker gives a runtime, which is what execd's defaults do. */
export function ociConfig(workshop: Workshop, applet: Applet, cgroup: string): object {
  const capabilities = CAPABILITIES.map((name) => `CAP_${name}`)
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
  const namespaces = ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'].map((type) => ({ type }))
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: [BUSYBOX, ...applet],
      env: ['PATH=/bin'],
      cwd: '/',
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      noNewPrivileges: true,
    },
    root: { path: workshop.rootfs, readonly: false },
    hostname: 'bench',
    mounts: [
      mount('/proc', 'proc', ['nosuid', 'noexec', 'nodev']),
      mount('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
      mount('/dev/pts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620']),
      mount('/dev/shm', 'tmpfs', ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k']),
      mount('/dev/mqueue', 'mqueue', ['nosuid', 'noexec', 'nodev']),
      mount('/sys', 'sysfs', ['nosuid', 'noexec', 'nodev', 'ro']),
      mount('/sys/fs/cgroup', 'cgroup', ['nosuid', 'noexec', 'nodev', 'relatime', 'ro']),
    ],
    linux: {
      cgroupsPath: `/${workshop.cgroup}/${cgroup}`,
      namespaces,
      resources: {
        devices: [{ allow: false, access: 'rwm' }],
        memory: { limit: MEMORY_LIMIT, swap: MEMORY_LIMIT },
        pids: { limit: PIDS_LIMIT },
      },
      seccomp: ociSeccomp(loadDefaultProfile(), ruleContext(arch, capabilities, release())),
      maskedPaths: [...MASKED.map((name) => `/proc/${name}`), '/sys/firmware'],
      readonlyPaths: READONLY.map((name) => `/proc/${name}`),
    },
  }
}

function mount(destination: string, type: string, options: readonly string[]): object {
  return { destination, type, source: type, options }
}

/** Writes a bundle and gives its folder. */
export async function writeBundle(workshop: Workshop, name: string, applet: Applet): Promise<string> {
  const folder = join(workshop.folder, 'bundles', name)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'config.json'), JSON.stringify(ociConfig(workshop, applet, name)))
  return folder
}
