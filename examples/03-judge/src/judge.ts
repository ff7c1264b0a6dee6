import type { RunResult, Runtime } from '@execd/core'

export interface Task {
  readonly name: string
  readonly limits: { readonly time: string; readonly memory: string; readonly output: string }
  readonly tests: ReadonlyArray<{ readonly input: string; readonly output: string }>
}

export interface Submission {
  readonly author: string
  /** A shell script. */
  readonly source: string
}

export type JudgeVerdict =
  | 'accepted'
  | 'wrong answer'
  | 'time limit exceeded'
  | 'memory limit exceeded'
  | 'output limit exceeded'
  | 'runtime error'

export interface Judgement {
  readonly verdict: JudgeVerdict
  /** Tests before the one that failed. */
  readonly passed: number
  /** Of the slowest test. */
  readonly milliseconds: number
}

/** Runs a submission on the tests of a task, each in a container of its own, up to the first one that fails. */
export async function judge(runtime: Runtime, task: Task, submission: Submission): Promise<Judgement> {
  let [passed, milliseconds] = [0, 0]
  for (const test of task.tests) {
    const result = await runOnce(runtime, task, submission, test.input)
    milliseconds = Math.max(milliseconds, result.usage.wall)
    const verdict = verdictOf(result, test.output)
    if (verdict !== 'accepted') return { verdict, passed, milliseconds }
    passed += 1
  }
  return { verdict: 'accepted', passed, milliseconds }
}

function runOnce(
  runtime: Runtime,
  { limits }: Task,
  { source }: Submission,
  input: string,
): Promise<RunResult> {
  return runtime.run(
    {
      rootfs: { type: 'host', readonly: true },
      process: { args: ['sh', '-c', source] },
      resources: { memory: { limit: limits.memory }, cpu: { cpus: 1 }, pids: { limit: 16 } },
    },
    {
      input,
      timeout: limits.time,
      maxOutput: limits.output,
      onOutputLimit: 'kill',
      // without a cgroup no memory limit: the time limit is left
      skipUnsupported: ['resources'],
    },
  )
}

/** What a result means to a judge. The reasons are execd's; what the program printed counts only if it ended by itself. */
function verdictOf({ reason, exitCode, stdout }: RunResult, expected: string): JudgeVerdict {
  switch (reason) {
    case 'timeout':
      return 'time limit exceeded'
    case 'oom':
      return 'memory limit exceeded'
    case 'output-limit':
      return 'output limit exceeded'
    case 'exited':
      if (exitCode !== 0) return 'runtime error'
      return stdout.trim() === expected ? 'accepted' : 'wrong answer'
    default:
      return 'runtime error'
  }
}
