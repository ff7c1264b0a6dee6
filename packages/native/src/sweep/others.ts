import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { CleanupProblem, SweptThing } from '@execd/core/driver'
import { isAlive, type ProcessIdentity } from '@execd/linux/proc'
import { errnoName } from '../init/errno.js'
import { tagInAlias } from '../network/links.js'
import { deleteLink } from '../network/messages.js'
import { parseTag } from '../state/tags.js'
import { SyscallError, type Syscalls } from '../sys/syscalls.js'

const SIGKILL = 9
const ENODEV = 19
const DEVICES = '/sys/class/net'
const PATIENCE_MS = 10_000
const POLL_MS = 10

/** What was removed, and what could not be. */
export interface Swept {
  readonly removed: readonly SweptThing[]
  readonly problems: readonly CleanupProblem[]
}

const NOTHING: Swept = { removed: [], problems: [] }

/** Ends a process that no group holds, with the pid namespace that it is the first of. Another one that has its id by now is not touched. */
export async function endProcess(sys: Syscalls, identity: ProcessIdentity): Promise<Swept> {
  const name = String(identity.pid)
  if (!isAlive(identity)) return NOTHING
  let fd: number | null = null
  try {
    fd = sys.openProcess(identity.pid)
    // looked at after it was opened: what is open cannot become another one
    if (!isAlive(identity)) return NOTHING
    sys.signalProcess(fd, SIGKILL)
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    return isAlive(identity)
      ? { removed: [], problems: [{ step: `end the process ${name}`, errno: errnoName(error.errno) }] }
      : NOTHING
  } finally {
    if (fd !== null) sys.close(fd)
  }
  for (const end = performance.now() + PATIENCE_MS; isAlive(identity); await delay(POLL_MS)) {
    if (performance.now() > end)
      return { removed: [], problems: [{ step: `end the process ${name}`, errno: 'ETIMEDOUT' }] }
  }
  return { removed: [{ kind: 'process', name }], problems: [] }
}

/** Removes the host's ends of the network links of an owner. */
export function removeLinks(sys: Syscalls, owner: string): Swept {
  const removed: SweptThing[] = []
  const problems: CleanupProblem[] = []
  for (const name of linksOf(owner)) {
    try {
      sys.netlink(deleteLink(name).message)
      removed.push({ kind: 'link', name })
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error
      if (error.errno !== ENODEV)
        problems.push({ step: `remove the link ${name}`, errno: errnoName(error.errno) })
    }
  }
  return { removed, problems }
}

function linksOf(owner: string): string[] {
  let names: string[]
  try {
    names = readdirSync(DEVICES)
  } catch {
    return [] // no /sys: no links can be seen
  }
  return names.filter((name) => {
    const tag = parseTag(tagInAlias(aliasOfDevice(name)))
    return tag !== null && 'owner' in tag && tag.owner === owner
  })
}

function aliasOfDevice(name: string): string {
  try {
    return readFileSync(`${DEVICES}/${name}/ifalias`, 'utf8').trim()
  } catch {
    return ''
  }
}
