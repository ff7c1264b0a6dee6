import { readFile } from 'node:fs/promises'
import { type IdRange, parseSubIds, userName } from '@execd/linux/rootless'
import type { ToolRunner } from '../commands/run.js'

/** What an ordinary user is given on this host. */
export interface OrdinaryUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** newuidmap(1) and newgidmap(1) are there. */
  readonly idMapTools: boolean
  readonly subuids: readonly IdRange[]
  readonly subgids: readonly IdRange[]
  /** The setting of the kernel by which nobody but root may make user namespaces; null when there is none. */
  readonly forbidden: string | null
}

/** Whether containers are made as root: LXC itself goes by the same. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0
}

async function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

const SETTINGS = [
  ['user.max_user_namespaces', '15000'],
  ['kernel.unprivileged_userns_clone', '1'],
] as const

async function forbidden(): Promise<string | null> {
  for (const [key, wanted] of SETTINGS)
    if ((await text(`/proc/sys/${key.replace('.', '/')}`)).trim() === '0') return `${key}=${wanted}`
  return null
}

/** Reads it; null for root. */
export async function readUser(tools: ToolRunner): Promise<OrdinaryUser | null> {
  if (isRoot()) return null
  const name = userName()
  const uid = process.geteuid?.() ?? 0
  const [subuid, subgid] = await Promise.all([text('/etc/subuid'), text('/etc/subgid')])
  return {
    name,
    uid,
    gid: process.getegid?.() ?? 0,
    idMapTools: await tools.has('newuidmap', 'newgidmap'),
    subuids: parseSubIds(subuid, name, uid),
    subgids: parseSubIds(subgid, name, uid),
    forbidden: await forbidden(),
  }
}
