import { createRuntime, ExecdError } from '@execd/core'
import { NoopDriver } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { command, rejection } from './support.js'

describe('a driver that breaks its promises', () => {
  test('an exited that rejects counts as lost', async () => {
    class Liar extends NoopDriver {
      override async run(...args: Parameters<NoopDriver['run']>) {
        const { pid, stdin, stdout, stderr } = await super.run(...args)
        return { pid, stdin, stdout, stderr, exited: Promise.reject(new Error('socket closed')) }
      }
    }
    await using runtime = await createRuntime({ driver: new Liar() })
    const result = await runtime.run(command('x'))
    expect(result).toMatchObject({
      reason: 'lost',
      exitCode: null,
      cleanup: [{ step: 'wait: socket closed', errno: 'EPROTO' }],
    })
  })

  test('a clean that fails is a cleanup problem, not the verdict', async () => {
    class Untidy extends NoopDriver {
      override async clean() {
        throw new ExecdError('EXECD_CGROUP', 'busy', { details: { errno: 'EBUSY' } })
      }
    }
    await using runtime = await createRuntime({ driver: new Untidy() })
    expect(await runtime.run(command('x'))).toMatchObject({
      ok: true,
      cleanup: [{ step: 'clean: busy', errno: 'EBUSY' }],
    })
  })

  test('one that throws what is no error at all', async () => {
    class Odd extends NoopDriver {
      override run(): never {
        throw undefined
      }
    }
    await using runtime = await createRuntime({ driver: new Odd() })
    await rejection('EXECD_INTERNAL', runtime.run(command('x')))
  })
})
