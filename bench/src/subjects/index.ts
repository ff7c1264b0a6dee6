import { bubblewrap } from './bubblewrap.js'
import { childProcess } from './child-process.js'
import { crun } from './crun.js'
import { lxc } from './lxc.js'
import { nativeSubject, pooledSubject } from './native.js'
import { nothing } from './nothing.js'
import { ociDriverSubject } from './oci-driver.js'
import { runc } from './runc.js'
import type { Subject } from './subject.js'

/** What all ratios are taken to. */
export const BASE = childProcess.name

/** The subject that measures the measurement; only in measures that ask for it. */
export const CONTROL = nothing.name

/** All subjects, in the order of reports. One more is one more file here. */
export const SUBJECTS: readonly Subject[] = [
  childProcess,
  nativeSubject(),
  pooledSubject(),
  bubblewrap,
  crun,
  ociDriverSubject('crun'),
  runc,
  ociDriverSubject('runc'),
  lxc,
  nothing,
]
