export { isCovered } from './covered.js'
export { type MountInfo, parseMountInfo } from './mountinfo.js'
export { mountOf, mountsBelow } from './places.js'
