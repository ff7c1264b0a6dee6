import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { requires } from '@execd/test-support'
import { beforeAll, expect } from '@jest/globals'
import { encodePlan } from '../../dist/plan/encode.js'
import { LAYOUT } from '../../dist/plan/layout.js'
import { OP, PHASE } from '../../dist/plan/ops.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { everyStep } from './every-step.js'

const { test, describe } = requires('gcc', 'make')

const HELPER = fileURLToPath(new URL('../../helper', import.meta.url))

/** The line that the dump program prints for a step. */
function line(step: Step): string {
  const { ints, strings } = (LAYOUT[step.name] as (step: Step) => ReturnType<(typeof LAYOUT)['open']>)(step)
  const texts = strings.map((text) => `"${Buffer.from(text as string).toString('hex')}"`)
  return [
    OP[step.name],
    PHASE[step.phase],
    ...ints.map((int) => BigInt.asIntN(64, BigInt(int))),
    ...texts,
  ].join(' ')
}

describe('the decoder of the helper', () => {
  beforeAll(() => {
    execFileSync('make', ['-s', '-C', HELPER, 'dump'])
  }, 60_000)

  const dump = (plan: Buffer) => spawnSync(join(HELPER, 'build/dump'), { input: plan, encoding: 'utf8' })

  test('reads every step as the encoder wrote it', () => {
    const { stdout, stderr, status } = dump(encodePlan(everyStep))
    expect(stderr).toBe('')
    expect(stdout.trimEnd().split('\n')).toEqual(everyStep.map(line))
    expect(status).toBe(0)
  })

  test('reads a plan that is held in place of its exec', () => {
    const held = [step.clone({ flags: 0 }), step.pivot(), step.hold({ init: true })]
    expect(dump(encodePlan(held)).stdout.trimEnd().split('\n')).toEqual(held.map(line))
  })

  test('refuses a plan without a clone, or cut short', () => {
    expect(dump(encodePlan(everyStep.filter((s) => s.name !== 'clone'))).stdout).toBe('error 74\n')
    expect(dump(encodePlan(everyStep).subarray(0, -1)).stdout).toBe('error 74\n')
  })

  test('passes its own tests, under sanitizers', () => {
    const { stdout, status } = spawnSync('make', ['-s', '-C', HELPER, 'test'], { encoding: 'utf8' })
    expect(stdout).toMatch(/\d{3} checks, 0 failures/)
    expect(status).toBe(0)
  }, 60_000)

  test('withstands some seconds of changed plans', () => {
    const { stdout, stderr, status } = spawnSync('make', ['-s', '-C', HELPER, 'fuzz', 'FUZZ_SECONDS=2'], {
      encoding: 'utf8',
    })
    expect(stderr).not.toMatch(/Sanitizer|runtime error/)
    expect(`${stdout}${stderr}`).toMatch(/runs/)
    expect(status).toBe(0)
  }, 60_000)
})
