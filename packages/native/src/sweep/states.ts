import type { CleanupProblem, SweptThing } from '@execd/core/driver'
import { errnoOf } from '@execd/linux/errno'
import { ContainerFolder, removeFolder, tokenOfAside } from '../state/container-folder.js'
import type { ContainerState } from '../state/container-state.js'
import type { StateRoot } from '../state/state-root.js'
import type { Syscalls } from '../sys/syscalls.js'
import type { Swept } from './others.js'

/** What a sweep of folders needs to know. */
export interface StatesToSweep {
  readonly root: StateRoot
  readonly sys: Syscalls
  /** Own token: what is taken away goes through a name of it. */
  readonly token: string
  /** Whether the owner of a token lives. */
  readonly lives: (token: string) => boolean
  /** Ends and removes what a start that was not finished has made. False: something is left. */
  readonly undo: (state: ContainerState) => Promise<boolean>
}

/** Removes folders of containers that never ran, and what their owners were just making or taking away when they died. */
export async function sweepStates({ root, sys, token, lives, undo }: StatesToSweep): Promise<Swept> {
  const removed: SweptThing[] = []
  const problems: CleanupProblem[] = []
  for (const name of root.containers.names()) {
    const path = `${root.path}/containers/${name}`
    const owner = tokenOfAside(name)
    try {
      if (
        owner === null
          ? await removeVoid(root, sys, name, token, undo)
          : removeAside(root, name, lives(owner))
      )
        removed.push({ kind: 'state', name: path })
    } catch (error) {
      problems.push({ step: `remove the state folder ${path}`, errno: errnoOf(error) })
    }
  }
  return { removed, problems }
}

function removeAside(root: StateRoot, name: string, ownerLives: boolean): boolean {
  if (!ownerLives) removeFolder(root, name)
  return !ownerLives
}

async function removeVoid(
  root: StateRoot,
  sys: Syscalls,
  id: string,
  token: string,
  undo: StatesToSweep['undo'],
): Promise<boolean> {
  const folder = ContainerFolder.open(root, sys, id)
  if (folder === null) return false
  let gone = false
  try {
    // read without the lock: who recovers a container at this moment must not find it taken
    if (folder.read().kind !== 'void' || !folder.own() || !folder.isThere) return false
    const reading = folder.read()
    if (reading.kind !== 'void') return false
    gone = reading.state === null || (await undo(reading.state))
    if (gone) folder.remove(token)
    return gone
  } finally {
    if (!gone) folder.close()
  }
}
