export { ACTIONS, isAction, takesData } from './actions.js'
export { AUDIT_ARCH, isNarrow, MACHINES, type SeccompMachine, type Table, X32_BIT } from './arches.js'
export { loadDefaultProfile } from './default-profile.js'
export { SeccompProfileError } from './error.js'
export { filterFlags } from './flags.js'
export { isOperator, OPERATORS, socketFamilies } from './operators.js'
export type {
  SeccompAction,
  SeccompArg,
  SeccompOperator,
  SeccompProfile,
  SeccompRule,
  SeccompValue,
} from './profile.js'
export { listedArchitectures, namesOf, type RuleContext, ruleApplies, ruleContext } from './rules.js'
export {
  argumentWidth,
  isSyscall,
  knownNumbers,
  syscallNames,
  syscallNumber,
  type Width,
} from './syscall-table.js'
export { validateProfile } from './validate.js'
export { parseValue, toU64 } from './value.js'
