import { access, readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { ExecdError } from '@execd/core/driver'
import { readKernelFeatures } from '@execd/linux/kernel'
import { parseMountInfo } from '@execd/linux/mounts'
import { findProgram } from '@execd/linux/programs'
import { readRootEntries } from '@execd/linux/rootfs'
import { type IdRange, parseSubIds, userName } from '@execd/linux/rootless'
import type { HostFacts } from './facts.js'

const CAP_SYS_ADMIN = 21n

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return ''
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}

/** Above the ids that people, services and containers of other tools have by custom, and below the sign bit. */
const FIRST_SPARE = 0x2000_0000
const LAST_SPARE = 0x7fff_0000
const SPARE_COUNT = 0x1_0000

/** A range that no line of subuid(5) or subgid(5) touches; null when all is given away, or when not every id exists here (a user namespace). Pure. */
export function spareRange(texts: readonly string[], uidMap: string): IdRange | null {
  if (!/^\s*0\s+0\s+4294967295\s*$/.test(uidMap)) return null
  const ends = texts
    .flatMap((text) => text.split('\n'))
    .map((line) => line.split(':').slice(1).map(Number))
    .map(([start = 0, count = 0]) => start + count)
    .filter(Number.isFinite)
  const start = Math.ceil(Math.max(FIRST_SPARE, ...ends) / SPARE_COUNT) * SPARE_COUNT
  return start + SPARE_COUNT > LAST_SPARE ? null : { start, count: SPARE_COUNT }
}

/** A capability mask of /proc/self/status, by the name of its line. Pure. */
export function capabilitiesOf(status: string, line: 'CapPrm' | 'CapEff'): bigint {
  const mask = new RegExp(`^${line}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1]
  return mask === undefined ? 0n : BigInt(`0x${mask}`)
}

/** How many processors "0-3,8" names at most: its last number and one. Pure. */
export function parsePossibleCpus(text: string): number {
  const last = /(\d+)\s*$/.exec(text)?.[1]
  return last === undefined ? 0 : Number(last) + 1
}

function architecture(): HostFacts['arch'] {
  if (process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64'))
    return process.arch
  throw new ExecdError(
    'EXECD_HOST',
    `the native driver runs on Linux on x64 and arm64, not on ${process.platform} on ${process.arch}`,
    {
      hint: 'use a Linux machine, or a driver made for this platform',
      details: { driver: 'native' },
    },
  )
}

/** Reads what plans depend on. Rejects with EXECD_HOST on another platform. */
export async function readHostFacts(): Promise<HostFacts> {
  const arch = architecture()
  const name = userName()
  const euid = process.geteuid?.() ?? 0
  const [status, uidMap, subuid, subgid, rootEntries, { apparmor, selinux }, possible, shm, mqueue, cgroup] =
    await Promise.all([
      readText('/proc/self/status'),
      readText('/proc/self/uid_map'),
      readText('/etc/subuid'),
      readText('/etc/subgid'),
      readRootEntries(
        parseMountInfo(await readText('/proc/self/mountinfo')).map((mount) => mount.mountPoint),
      ),
      readKernelFeatures(),
      readText('/sys/devices/system/cpu/possible'),
      exists('/dev/shm'),
      exists('/dev/mqueue'),
      exists('/sys/fs/cgroup'),
    ])
  return {
    arch,
    kernel: release(),
    euid,
    egid: process.getegid?.() ?? 0,
    privileged: ((capabilitiesOf(status, 'CapEff') >> CAP_SYS_ADMIN) & 1n) === 1n,
    capabilities: capabilitiesOf(status, 'CapPrm'),
    shm,
    mqueue,
    cgroup,
    idMapTools: ['newuidmap', 'newgidmap'].every((tool) => findProgram(tool) !== null),
    subuids: parseSubIds(subuid, name, euid),
    subgids: parseSubIds(subgid, name, euid),
    spareIds: spareRange([subuid, subgid], uidMap),
    rootEntries,
    apparmor,
    selinux,
    possibleCpus: parsePossibleCpus(possible),
  }
}
