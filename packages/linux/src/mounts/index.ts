export { type MountInfo, parseMountInfo } from './mountinfo.js'
export { mountOf, mountsBelow } from './places.js'
