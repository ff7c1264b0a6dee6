export {
  featureCheck,
  type KernelFeatures,
  kernelFields,
  readCapabilities,
  readKernelFeatures,
  securityModuleFields,
} from './features.js'
