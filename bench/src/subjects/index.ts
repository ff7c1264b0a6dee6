import { bubblewrap } from './bubblewrap.js'
import { childProcess } from './child-process.js'
import { crun } from './crun.js'
import { driverSubject } from './driver.js'
import { lxc } from './lxc.js'
import { lxcSame } from './lxc-same.js'
import { nativeSubject, pooledSubject } from './native.js'
import { nothing } from './nothing.js'
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
  driverSubject({ name: 'oci-crun', driver: 'oci', options: { runtime: 'crun' } }),
  runc,
  driverSubject({ name: 'oci-runc', driver: 'oci', options: { runtime: 'runc' } }),
  lxc,
  lxcSame,
  driverSubject({ name: 'lxc', driver: 'lxc' }),
  nothing,
]
