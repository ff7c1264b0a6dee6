/** One thing that is wrong with a profile. */
export interface SeccompProblem {
  /** Where, for example `syscalls[3].args[0].op`. */
  readonly path: string
  /** What stands there. */
  readonly got: unknown
  /** What could stand there. */
  readonly wanted: string
}

/** A seccomp profile that cannot be compiled. `problems` holds everything found, in the profile's order. */
export class SeccompProfileError extends Error {
  readonly code = 'EXECD_SECCOMP_PROFILE'
  readonly problems: readonly SeccompProblem[]
  /** Of the first problem. */
  readonly path: string
  readonly got: unknown
  readonly wanted: string

  constructor(problems: readonly [SeccompProblem, ...SeccompProblem[]]) {
    super(`seccomp profile: ${problems.map(sentence).join('; ')}`)
    this.name = 'SeccompProfileError'
    this.problems = problems
    this.path = problems[0].path
    this.got = problems[0].got
    this.wanted = problems[0].wanted
  }
}

function sentence(problem: SeccompProblem): string {
  return `${problem.path || 'the profile'} is ${show(problem.got)}, wanted ${problem.wanted}`
}

const SHOWN = 60

function show(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'bigint') return `${value}`
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text
}
