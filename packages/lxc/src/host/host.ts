import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { release } from 'node:os'
import { type CgroupFacts, type CgroupLayout, kernelFacts, readLayout } from '@execd/linux/cgroup'
import { type KernelFeatures, readCapabilities, readKernelFeatures } from '@execd/linux/kernel'
import { parseMountInfo } from '@execd/linux/mounts'
import { isStaticElf } from '@execd/linux/programs'
import { type RootEntry, readRootEntries } from '@execd/linux/rootfs'
import type { ToolRunner } from '../commands/run.js'
import { lxcError } from '../errors.js'
import { parseVersion } from '../parse/version.js'
import { forThisUser, groupsBelowBase, type OpenCgroups, placeOf } from './cgroups.js'
import { type OrdinaryUser, readUser } from './user.js'

/** What this driver needs to know of the host. */
export interface Host extends KernelFeatures, OpenCgroups {
  /** Whose containers are made; null for root. */
  readonly user: OrdinaryUser | null
  readonly kernel: string
  /** Folders and links in the root of this host. */
  readonly rootEntries: readonly RootEntry[]
  /** What groups offer here; no files where none can be made. */
  readonly facts: CgroupFacts
  /** Names of the capabilities that the kernel has. */
  readonly capabilities: ReadonlySet<string>
  /** LXC's own small init, built so that it runs in any root; null when it is not installed. */
  readonly init: string | null
  /** script, stty and sh are there, which terminals are made with. */
  readonly terminals: boolean
}

/** Makes a group for a moment: which files a group has shows only in one that is not the top. */
function filesOfNewGroup(layout: CgroupLayout): Set<string> {
  const files = new Set<string>()
  for (const dir of Object.values(groupsBelowBase(layout, `execd-lxc-look-${process.pid}`).dirs)) {
    try {
      mkdirSync(dir)
      for (const name of readdirSync(dir)) files.add(name)
    } catch {
      // no rights, or a hierarchy that takes no new groups
    }
    try {
      rmdirSync(dir)
    } catch {
      // was not made
    }
  }
  return files
}

const INIT = 'init.lxc.static'

async function findInit(tools: ToolRunner): Promise<string | null> {
  if (!(await tools.has(INIT))) return null
  const path = await tools.find(INIT)
  return isStaticElf(path) ? path : null
}

/** Looks at the host. Never rejects for what it lacks. */
export async function readHost(tools: ToolRunner): Promise<Host> {
  const cgroups = forThisUser(readLayout())
  const { layout } = cgroups
  const [user, rootEntries, known, features, init, terminals] = await Promise.all([
    readUser(tools),
    readRootEntries(
      parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')).map((mount) => mount.mountPoint),
    ),
    readCapabilities(),
    readKernelFeatures(),
    findInit(tools),
    tools.has('script', 'stty'),
  ])
  return {
    ...features,
    user,
    rootEntries,
    kernel: release(),
    ...cgroups,
    facts: { files: filesOfNewGroup(layout), ...(await kernelFacts(placeOf(cgroups))) },
    capabilities: new Set(known),
    init,
    terminals,
  }
}

const OLDEST = 4

/** The version of LXC. Rejects with EXECD_HELPER_MISSING, EXECD_HELPER_DAMAGED for what is not LXC, EXECD_HOST for one too old. */
export async function readVersion(tools: ToolRunner): Promise<string> {
  const output = await tools.run('lxc-start', ['--version'])
  const version = parseVersion(output)
  if (version === null)
    throw lxcError(
      'EXECD_HELPER_DAMAGED',
      `lxc-start does not tell its version: ${JSON.stringify(output.slice(0, 200))}`,
      {
        details: { program: 'lxc-start', args: ['--version'], output: output.slice(0, 200) },
      },
    )
  if (version.major < OLDEST)
    throw lxcError('EXECD_HOST', `LXC ${version.text} is too old: 4.0 or later is needed`, {
      hint: 'upgrade LXC; 5.0 of Debian 12 is what this driver is tested with',
      details: { program: 'lxc-start', version: version.text },
    })
  return version.text
}
