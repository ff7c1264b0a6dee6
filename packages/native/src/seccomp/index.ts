export {
  loadDefaultProfile,
  type SeccompArg,
  type SeccompProfile,
  SeccompProfileError,
  type SeccompRule,
} from '@execd/linux/seccomp'
export { compileSeccomp } from './compile.js'
export { cacheKey, type SeccompContext } from './context.js'
