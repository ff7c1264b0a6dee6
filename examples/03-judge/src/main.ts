import { createRuntime, ExecdError } from '@execd/core'
import { judge, type Submission, type Task } from './judge.js'

const SUM: Task = {
  name: 'sum of two numbers',
  limits: { time: '1s', memory: '32MiB', output: '4KiB' },
  tests: [
    { input: '1 2\n', output: '3' },
    { input: '40 2\n', output: '42' },
  ],
}

const SUBMISSIONS: readonly Submission[] = [
  { author: 'ann', source: 'read a b; echo $((a + b))' },
  { author: 'bob', source: 'read a b; echo $((a - b))' },
  { author: 'cem', source: 'read a b; while :; do :; done' },
  { author: 'dan', source: 'x=a; while :; do x=$x$x; done' },
  { author: 'eve', source: 'read a b; echo oops >&2; exit 3' },
  { author: 'fay', source: 'yes' },
]

async function main(): Promise<void> {
  await using runtime = await createRuntime({ driver: 'native' })
  for (const submission of SUBMISSIONS) {
    const { verdict, passed, milliseconds } = await judge(runtime, SUM, submission)
    const score = `${passed}/${SUM.tests.length}`
    console.log(
      `${submission.author}  ${verdict.padEnd(22)} ${score}  ${milliseconds.toFixed(0).padStart(5)} ms`,
    )
  }
}

main().catch((error: unknown) => {
  console.error(ExecdError.is(error) ? `${error.code}: ${error.message}\nhint: ${error.hint}` : error)
  process.exitCode = 1
})
