export { type DeviceNode, deviceOf } from './device-node.js'
export { withoutNullDevice } from './null-device.js'
