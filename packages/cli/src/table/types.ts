/** What a value is, for completion. */
export type ValueKind = 'file' | 'folder' | 'container' | 'driver' | 'text' | readonly string[]

/** One option of the command line. */
export interface Flag {
  /** Without the dashes. */
  readonly name: string
  /** The letter of its short form. */
  readonly short?: string
  /** The word for its value in help. Absent: a switch, which `--no-NAME` and `--NAME=false` turn off. */
  readonly value?: string
  /** Absent: text. */
  readonly kind?: ValueKind
  /** May be given more than once. */
  readonly many?: true
  /** One sentence, without its dot. */
  readonly help: string
  /** The field of `Command` that it sets, so that an error about the field can name the option. */
  readonly field?: string
}

/** Options under one heading. */
export interface FlagGroup {
  readonly title: string
  readonly flags: readonly Flag[]
}

/** What stands on the command line beside options. */
export interface Operands {
  /** As in a usage line, such as "CONTAINER...". */
  readonly usage: string
  readonly kind: ValueKind
  readonly min: number
  /** Null: any number. */
  readonly max: number | null
  /**
   * Where a program's words begin, after which no option is ours: "first", the first operand is the program; "second", the one after it. Absent: options may
   * stand anywhere.
   */
  readonly program?: 'first' | 'second'
}

/** Lines for a shell, and what they print. The tests run it. */
export interface Example {
  /** One sentence. */
  readonly text: string
  /** Lines for sh, run in an empty folder with `execd` on PATH. */
  readonly shell: string
  /** What they print; "..." stands for anything within a line, a line of "..." for any lines. */
  readonly output: string
  /** What the host must have beside user namespaces. */
  readonly needs?: 'cgroups'
}

/** Everything that help, completion, the manual and the pages say of a command. */
export interface CommandEntry {
  /** Paragraphs. */
  readonly description: readonly string[]
  readonly groups: readonly FlagGroup[]
  readonly operands: Operands
  /** Its exit status is that of a program, so that failures of ours have 125 to 127 as in Docker. */
  readonly statusOfProgram?: true
  /** Exit status by meaning. */
  readonly exits?: ReadonlyArray<readonly [status: string, meaning: string]>
}

/** What a command is given. */
export interface Call {
  readonly given: Given
  readonly operands: readonly string[]
}

/** The options of one command line. Asking for one that the command does not have is a defect. */
export interface Given {
  /** Whether it is on the line. */
  has(name: string): boolean
  /** A switch that was turned on. */
  on(name: string): boolean
  /** A switch as it was set, or undefined. */
  flag(name: string): boolean | undefined
  /** The last value, or undefined. */
  text(name: string): string | undefined
  /** All values, in order. */
  texts(name: string): readonly string[]
}

/** Carries a command out and gives the exit status. */
export type Action = (call: Call) => Promise<number>

/** The head of a command: what the list of commands needs, with the rest loaded when it is needed. */
export interface CommandHead {
  readonly name: string
  readonly summary: string
  readonly section: string
  entry(): Promise<{ readonly ENTRY: CommandEntry }>
  action(): Promise<{ readonly action: Action }>
}
