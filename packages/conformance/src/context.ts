import type {
  CommandInput,
  Container,
  DriverCapabilities,
  ExecOptions,
  Execution,
  ProcessInput,
  RunOptions,
  RunResult,
  Runtime,
  StartOptions,
} from '@execd/core'
import type { Driver } from '@execd/core/driver'
import type { Facts } from './inside/parse.js'
import type { KitOptions } from './options.js'

/** The rest of a command beside its root file system and process. */
export type More = Partial<Omit<CommandInput, 'rootfs' | 'process'>> & {
  rootfs?: CommandInput['rootfs']
  process?: Omit<ProcessInput, 'args'>
}

/** A runtime with the driver object that it owns. */
export interface Pair {
  readonly runtime: Runtime
  /** For what core never lets through: calls after the end, verbs that are not declared. */
  readonly driver: Driver
}

/** What a case works with. Everything that it makes is ended and removed after it. */
export interface CaseContext extends Pair {
  readonly options: KitOptions
  readonly capabilities: DriverCapabilities
  /** Folder of the root file system on this host. */
  readonly rootfs: string
  /** Fields that every command asks for and that the driver does not declare: the other cases go on without them. */
  readonly skip: readonly string[]
  /** Whether the driver declares a field. */
  has(key: string): boolean
  /** A command that runs these arguments, or a script of sh. */
  command(program: string | readonly string[], more?: More): CommandInput
  /** Runs a command to its end. */
  run(program: string | readonly string[], more?: More, options?: RunOptions): Promise<RunResult<string>>
  /** As `run`, with output as bytes. */
  runBytes(program: string | readonly string[], options?: RunOptions): Promise<RunResult<Buffer>>
  start(program: string | readonly string[], more?: More, options?: StartOptions): Promise<Container>
  /** Starts one more process in a container. */
  exec(
    container: Container,
    program: string | readonly string[],
    process?: Omit<ProcessInput, 'args'>,
    options?: ExecOptions,
  ): Promise<Execution>
  /** What a process inside sees of itself. */
  inside(more?: More, options?: RunOptions): Promise<Facts>
  /** Another driver object and runtime. */
  another(): Promise<Pair>
  /** A new folder of this host, that any user may enter and write to. */
  scratch(): string
  /** Something to be done after the case, whatever becomes of it. */
  after(work: () => unknown): void
}
