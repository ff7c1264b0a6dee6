export { type DeviceNode, deviceOf } from './device-node.js'
