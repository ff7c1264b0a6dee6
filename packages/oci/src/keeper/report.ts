import type { CleanupProblem } from '@execd/core/driver'

/** How a kept process ended. */
export interface KeeperEnd {
  readonly type: 'ended'
  /** Of wait(2). */
  readonly exitCode: number | null
  readonly signal: number | null
  /** Processor time in milliseconds, of the process and those of its descendants that it waited for. */
  readonly user: number
  readonly system: number
  readonly problems: readonly CleanupProblem[]
  /** Text of the counters that were asked for and are there, by path. */
  readonly counters: ReadonlyMap<string, string>
}

/** Why a process did not start. */
export interface KeeperFailure {
  readonly type: 'failed'
  /** What was being done: see fail() in helper/main.c. */
  readonly stage: string
  /** An errno, or of a tool the status of wait(2). */
  readonly code: number
  readonly detail: string
  readonly problems: readonly CleanupProblem[]
}

const US_PER_MS = 1000

/** A status of wait(2) as code or signal. Pure. */
export function decodeStatus(status: number): { exitCode: number | null; signal: number | null } {
  const signal = status & 0x7f
  return signal === 0 ? { exitCode: (status >> 8) & 0xff, signal: null } : { exitCode: null, signal }
}

/** Reads the last words of a keeper: report() in helper/main.c writes them. Null for anything else. Pure. */
export function parseReport(
  fields: readonly string[],
  errnoName: (errno: number) => string,
): KeeperEnd | KeeperFailure | null {
  const [type, ...rest] = fields
  if (type !== 'ended' && type !== 'failed') return null
  const head = rest.splice(0, 3)
  const problemFields = rest.splice(0, 1 + 2 * Number(rest[0] ?? 0)).slice(1)
  const problems = pairs(problemFields).map(([path, errno]) => ({
    step: `remove ${path}`,
    errno: errnoName(Number(errno)),
  }))
  if (type === 'failed') {
    const [stage = '', code, detail = ''] = head
    return { type, stage, code: Number(code), detail, problems }
  }
  const [status, user, system] = head.map(Number)
  return {
    type,
    ...decodeStatus(status ?? 0),
    user: (user ?? 0) / US_PER_MS,
    system: (system ?? 0) / US_PER_MS,
    problems,
    counters: new Map(pairs(rest)),
  }
}

function pairs(fields: readonly string[]): Array<readonly [string, string]> {
  return Array.from({ length: Math.floor(fields.length / 2) }, (_, index) => [
    fields[2 * index] ?? '',
    fields[2 * index + 1] ?? '',
  ])
}
