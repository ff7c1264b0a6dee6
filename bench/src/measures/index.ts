import { alive } from './alive.js'
import { eventLoop } from './event-loop.js'
import { execMeasure } from './exec.js'
import { firstByte } from './first-byte.js'
import type { Measure } from './measure.js'
import { memory } from './memory.js'
import { startToExit } from './start-to-exit.js'
import { stream } from './stream.js'
import { throughput } from './throughput.js'

/** Everything that is measured, in the order of reports. One more is one more file here. */
export const MEASURES: readonly Measure[] = [
  startToExit,
  eventLoop,
  firstByte,
  execMeasure,
  ...[1, 8, 64].map(throughput),
  stream,
  memory,
  alive,
]
