export { CAPABILITIES, DEFAULT_CAPABILITIES, effectiveCapabilities } from './command/capabilities.js'
export type {
  Command,
  CommandInput,
  Devices,
  Mount,
  Namespaces,
  Network,
  ProcessInput,
  ProcessSpec,
  Resources,
  ResourcesInput,
  Rootfs,
} from './command/command.js'
export { mergeResources } from './command/merge-resources.js'
export { type MountOptions, type Propagation, parseMountOptions } from './command/mount-options.js'
export { RLIMITS } from './command/process.js'
export { resolveCommand, resolveProcess, resolveResources } from './command/resolve.js'
export { DEFAULT_MASKED_PATHS, DEFAULT_READONLY_PATHS, sysctlNamespace } from './command/security.js'
export { duration, parseDuration, parseSize, size } from './command/units.js'
export {
  type DriverCapabilities,
  type Exception,
  OPTIONAL_VERBS,
  type OptionalVerb,
  type Support,
} from './contract/capabilities.js'
export type {
  ContainerInfo,
  Driver,
  DriverProcess,
  ExecOptions,
  HookState,
  ProcessIO,
  Rotation,
  RunCallbacks,
  RunOptions,
  Stdio,
  Target,
  TerminalSize,
} from './contract/driver.js'
export { DRIVER_API_VERSION } from './contract/driver.js'
export { type ActiveContainer, DriverBase } from './contract/driver-base.js'
export {
  type CleanupProblem,
  type ExitStatus,
  lostStatus,
  type OomReport,
  type Usage,
} from './contract/exit.js'
export { fieldKeys } from './contract/field-keys.js'
export { type RequestedField, requestedFields } from './contract/fields.js'
export { FIRST_FIELDS } from './contract/first-fields.js'
export { NoopDriver, type NoopOptions, noopDriver } from './contract/noop-driver.js'
export { NoopProcess, type Pretence } from './contract/noop-process.js'
export type { NoopKept, NoopStore } from './contract/noop-store.js'
export type { DriverPlugin } from './contract/plugin.js'
export type { ProbeCheck, ProbeReport } from './contract/probe.js'
export type { DetachedContainer, Recovered, SweepReport, SweptThing } from './contract/recovery.js'
export { RotatingFile } from './contract/rotating-file.js'
export type { BlockIOStats, CpuStats, MemoryStats, NetworkStats, PidsStats, Stats } from './contract/stats.js'
export { ERROR_CODES, type ErrorCode } from './errors/catalog.js'
export { type ErrorDetails, ExecdError, type ExecdErrorOptions, type Problem } from './errors/execd-error.js'
export { defineDriver } from './plugin/define-driver.js'
export { type LoadOptions, loadDriver } from './plugin/load.js'
