import type { Readable } from 'node:stream'
import type { DriverProcess } from '../contract/driver.js'
import type { CleanupProblem } from '../contract/exit.js'
import { feed } from './input.js'
import { type Capture, capture, decodeTail } from './output.js'
import type { RunPlan } from './parse-options.js'
import type { Stopper } from './stopper.js'
import type { RunResult, Verdict } from './verdict.js'

/** The streams of a run at work. */
export interface Collection {
  /** The verdict with all of the output; resolves when both outputs have ended. */
  result(verdict: Verdict): Promise<RunResult<string | Buffer>>
}

/** Feeds stdin and collects stdout and stderr of a process, from its first byte on. */
export function collect(process: DriverProcess, plan: RunPlan, stopper: Stopper): Collection {
  const onLimit = (): void => {
    if (plan.onOutputLimit === 'kill') stopper.stop('output-limit', undefined)
  }
  const open = (stream: Readable | null) =>
    stream === null ? null : capture(stream, plan.maxOutput, onLimit)
  const captures = [open(process.stdout), open(process.stderr)] as const
  const fail = (error: unknown): void => stopper.stop('aborted', error)
  const release = process.stdin === null ? () => {} : feed(process.stdin, plan.input ?? '', fail)
  return {
    async result(verdict) {
      release()
      await Promise.all(captures.map((one) => one?.finished))
      const stdout = finish(captures[0], plan.encoding)
      const stderr = finish(captures[1], plan.encoding)
      const cleanup = [...verdict.cleanup, ...readProblems(captures)]
      return Object.freeze({
        ...verdict,
        cleanup,
        stdout: stdout.output,
        stderr: stderr.output,
        truncated: { stdout: stdout.cut, stderr: stderr.cut },
      })
    },
  }
}

function finish(
  one: Capture | null,
  encoding: RunPlan['encoding'],
): { output: string | Buffer; cut: number } {
  const kept = one?.take() ?? { data: Buffer.alloc(0), cut: 0 }
  if (encoding === 'buffer') return { output: kept.data, cut: kept.cut }
  const { text, cut } = decodeTail(kept)
  return { output: text, cut }
}

function readProblems(captures: ReadonlyArray<Capture | null>): CleanupProblem[] {
  return captures.flatMap((one, index) => {
    const error = one?.error() ?? null
    return error === null
      ? []
      : [{ step: `read ${index === 0 ? 'stdout' : 'stderr'}`, errno: error.code ?? error.message }]
  })
}
