export { compileSeccomp, type SeccompFilter } from './compile.js'
export { cacheKey, type SeccompContext } from './context.js'
export { loadDefaultProfile } from './default-profile.js'
export { type SeccompProblem, SeccompProfileError } from './error.js'
export type {
  SeccompAction,
  SeccompArchMapEntry,
  SeccompArg,
  SeccompOperator,
  SeccompProfile,
  SeccompRule,
  SeccompRuleFilter,
  SeccompValue,
} from './profile.js'
