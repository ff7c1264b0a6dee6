export { readUsage } from './counters/read-usage.js'
export {
  type GroupUsage,
  oomKillsOf,
  REPORT_FILES_V1,
  REPORT_FILES_V2,
  type ReportFile,
  type ReportKey,
  type ReportTexts,
  usageFromReport,
} from './counters/report.js'
export { readStats } from './counters/stats.js'
export { groupError, limitError } from './errors.js'
export { enableText, readText } from './files.js'
export { kernelFacts } from './layout/facts.js'
export { groupPaths, groupsOfProcess } from './layout/group-paths.js'
export { containerPaths, execLeaf, execPaths, hasExecGroup, parentDir } from './layout/paths.js'
export { cgroupChecks, describeLayout } from './layout/probe.js'
export { type CgroupsOfHost, readCgroups, readLayout } from './layout/read-layout.js'
export { type CpusetGroup, cpusetFills, readCpusetChain } from './limits/cpuset.js'
export { deviceProgram } from './limits/device-bpf.js'
export { type DeviceRule, type DeviceWish, deviceLines, deviceRules } from './limits/device-rules.js'
export { controllersOf, limitsFor } from './limits/limits.js'
export { MIRRORED_FILES } from './limits/limits-v2.js'
export { unsupportedLimits } from './limits/unsupported.js'
export { freeze, isFrozen, thaw } from './processes/freezer.js'
export { emptyGroups, removeGroups } from './processes/kill.js'
export { pidsBelow, readPids, wholeGroup } from './processes/pids.js'
export { joinPath, words } from './text.js'
export type {
  CgroupFacts,
  CgroupLayout,
  CgroupPaths,
  CgroupPlace,
  Hierarchy,
  Limits,
  LimitWrite,
  ParentGroup,
  Unavailable,
  UnsupportedField,
} from './types.js'
export { updateLimits } from './update/update.js'
