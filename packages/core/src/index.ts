export type {
  Command,
  CommandInput,
  ProcessInput,
  ProcessSpec,
  Resources,
  ResourcesInput,
} from './command/command.js'
export { commandSchema } from './command/command.js'
export { resolveCommand } from './command/resolve.js'
export { parseDuration, parseSize } from './command/units.js'
export type { DriverCapabilities, Exception, OptionalVerb, Support } from './contract/capabilities.js'
export type {
  ContainerInfo,
  Driver,
  HookState,
  ProcessIO,
  Rotation,
  Stdio,
  TerminalSize,
} from './contract/driver.js'
export type { CleanupProblem, OomReport, Usage } from './contract/exit.js'
export type { DriverPlugin } from './contract/plugin.js'
export type { ProbeCheck, ProbeReport } from './contract/probe.js'
export type { DetachedContainer, SweepReport, SweptThing } from './contract/recovery.js'
export type { BlockIOStats, CpuStats, MemoryStats, NetworkStats, PidsStats, Stats } from './contract/stats.js'
export { createRuntime, type RuntimeOptions } from './create-runtime.js'
export { CATALOG, type CatalogEntry, ERROR_CODES, type ErrorCode } from './errors/catalog.js'
export { type ErrorDetails, ExecdError, type ExecdErrorOptions, type Problem } from './errors/execd-error.js'
export type { Container, ContainerEvents } from './lifecycle/container.js'
export type { Execution, ExecutionEvents } from './lifecycle/execution.js'
export type {
  EndOptions,
  ExecOptions,
  Hooks,
  RecoverOptions,
  RunOptions,
  StartOptions,
  StdioOption,
  StdioOptions,
} from './lifecycle/options.js'
export type { Runtime, RuntimeEvents, RuntimeInfo } from './lifecycle/runtime.js'
export type { ContainerStatus } from './lifecycle/state.js'
export type { Reason, RunResult, StopReason, Verdict } from './lifecycle/verdict.js'
export {
  type OutputPiece,
  type OutputPosition,
  type ReadOutputOptions,
  readOutput,
} from './output/read-output.js'
export { type InstalledDriver, installedDrivers } from './plugin/installed.js'
export type { LoadOptions } from './plugin/load.js'
