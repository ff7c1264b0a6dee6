import { cpus, loadavg, release, totalmem } from 'node:os'
import type { CgroupLayout } from './cgroups.js'

/** What a reader must know of the machine to judge the numbers. */
export interface Machine {
  readonly kernel: string
  readonly arch: string
  readonly cpu: string
  readonly cpus: number
  readonly memoryMiB: number
  readonly node: string
  readonly uv: string
  /** As the machine has it, before the bench hides anything. */
  readonly cgroups: CgroupLayout
  readonly root: boolean
  readonly loadAtStart: number
  readonly date: string
}

export function readMachine(cgroups: CgroupLayout): Machine {
  const processors = cpus()
  return {
    kernel: release(),
    arch: process.arch,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cpus: processors.length,
    memoryMiB: Math.round(totalmem() / 1024 ** 2),
    node: process.version,
    uv: process.versions.uv,
    cgroups,
    root: process.geteuid?.() === 0,
    loadAtStart: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    date: new Date().toISOString().slice(0, 10),
  }
}
