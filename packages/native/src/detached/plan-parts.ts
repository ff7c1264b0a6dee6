import type { About } from '../isolation/builder.js'
import type { PlanParts } from '../isolation/extend-plan.js'
import { O_APPEND, O_DIRECTORY, O_NOFOLLOW, O_PATH, O_WRONLY, S_IFDIR, S_IFREG } from '../linux/constants.js'
import { EXTRA_SLOT, STATE_SLOT } from '../plan/ops.js'
import { step } from '../plan/steps.js'
import { FILES } from '../state/container-folder.js'
import { RECORD_PREFIX } from '../state/owner.js'

const KEEP: About = {
  code: 'EXECD_HOST',
  action: 'write the state of the detached container down',
  hint: 'the state folder (option `stateDir`) must have room and stay where it is',
}
const APPEND = O_WRONLY | O_APPEND | O_NOFOLLOW

/** What a detached container needs beside the others: `path` is that of its folder. Pure. */
export function detachedParts(path: string, terminal: boolean): PlanParts {
  const folder = O_PATH | O_DIRECTORY | O_NOFOLLOW
  return {
    first: [
      [KEEP, step.open({ phase: 'host', slot: STATE_SLOT, flags: folder, type: S_IFDIR, path })],
      [KEEP, step.listen({ dir: STATE_SLOT, file: FILES.socket })],
      [
        KEEP,
        step.open({
          phase: 'host',
          slot: EXTRA_SLOT,
          dir: STATE_SLOT,
          flags: APPEND,
          type: S_IFREG,
          path: FILES.record,
        }),
      ],
    ],
    clone: { detached: true, keepsTerminal: terminal },
    last: [
      [KEEP, step.record({ slot: EXTRA_SLOT })],
      [null, step.save({ dir: STATE_SLOT, file: FILES.status })],
    ],
  }
}

/** For a container without a cgroup: its owner's file says which processes it has. Pure. */
export function recordParts(ownerFile: string): PlanParts {
  const about: About = { ...KEEP, action: 'write down which processes the container has' }
  return {
    first: [
      [about, step.open({ phase: 'host', slot: EXTRA_SLOT, flags: APPEND, type: S_IFREG, path: ownerFile })],
    ],
    clone: {},
    last: [[about, step.record({ slot: EXTRA_SLOT, prefix: RECORD_PREFIX })]],
  }
}
