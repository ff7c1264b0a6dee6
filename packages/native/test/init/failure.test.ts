import { ERROR_CODES, type ErrorCode } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { errnoName, errnoText } from '../../dist/init/errno.js'
import { describeFailure } from '../../dist/init/failure.js'
import type { About } from '../../dist/isolation/builder.js'
import { type Step, step } from '../../dist/plan/steps.js'

const LIMITS = [{ controller: 'pids', file: 'pids.max', data: '5', field: 'resources.pids.limit' }]

/** The error for a plan of one step, which failed. */
function failure(
  one: Step | null,
  about: About | null,
  errno: number,
  more: { detail?: number; context?: string } = {},
) {
  const plan = { steps: one === null ? [] : [one], about: one === null ? [] : [about], limits: LIMITS }
  const index = one === null ? -1 : 0
  const { detail = 0, context = '' } = more
  return describeFailure(
    plan,
    { type: 'failed', step: index, op: 0, errno, detail, context, cleanupErrors: [] },
    'box',
  )
}
const base = { container: 'box', driver: 'native' }

describe('exec', () => {
  const exec = (errno: number, program = 'prog') =>
    failure(
      step.exec({ args: [program, '-x'] }),
      { code: 'EXECD_START_FAILED', action: 'execute', field: 'process.args' },
      errno,
    )

  test.each([
    [2, 'ENOENT'],
    [20, 'ENOTDIR'],
    [36, 'ENAMETOOLONG'],
    [40, 'ELOOP'],
  ])('errno %i (%s) is a program that is not there: 127', (errno, name) => {
    const error = exec(errno)
    expect(error).toMatchObject({
      code: 'EXECD_PROGRAM_NOT_FOUND',
      message: 'prog: not found in the container, or its interpreter is missing',
      details: {
        ...base,
        step: 'exec',
        errno: name,
        path: 'process.args[0]',
        program: 'prog',
        exitCode: 127,
      },
    })
    expect(error.hint).toContain('inside the rootfs')
  })

  test.each([
    [13, 'EACCES', 'prog: may not be executed'],
    [8, 'ENOEXEC', 'prog: not a program for this machine'],
    [26, 'ETXTBSY', 'prog: could not be executed: text file is busy (ETXTBSY)'],
    [7, 'E2BIG', 'prog: could not be executed: argument list too long (E2BIG)'],
    [12, 'ENOMEM', 'prog: could not be executed: not enough memory (ENOMEM)'],
  ])('errno %i (%s) is one that cannot be executed: 126', (errno, name, message) => {
    expect(exec(errno)).toMatchObject({
      code: 'EXECD_PROGRAM_NOT_EXECUTABLE',
      message,
      details: {
        ...base,
        step: 'exec',
        errno: name,
        path: 'process.args[0]',
        program: 'prog',
        exitCode: 126,
      },
    })
  })

  test('an empty name is a program that is not there', () => {
    expect(exec(2, '').details).toMatchObject({ program: '', exitCode: 127 })
  })
})

describe('user', () => {
  const about: About = { code: 'EXECD_USER_NOT_FOUND', field: 'process.user', action: 'become the user' }
  const user = (errno: number, detail: number, context = '') =>
    failure(step.user({ user: 'ann' }), about, errno, { detail, context })
  const details = { ...base, step: 'user', path: 'process.user' }

  test('an unknown user, and an unknown group, are named', () => {
    expect(user(2, 1, 'ann')).toMatchObject({
      code: 'EXECD_USER_NOT_FOUND',
      message: 'no user ann in /etc/passwd of the container',
      details: { ...details, errno: 'ENOENT' },
    })
    expect(user(2, 2, 'staff')).toMatchObject({
      code: 'EXECD_GROUP_NOT_FOUND',
      message: 'no group staff in /etc/group of the container',
      details: { ...details, errno: 'ENOENT' },
    })
  })

  test.each([
    [1, 0, 'EPERM', 'operation not permitted'],
    [22, 0, 'EINVAL', 'invalid argument'],
    [1, 1, 'EPERM', 'operation not permitted'],
    [2, 0, 'ENOENT', 'no such file or directory'],
  ])('errno %i with detail %i is a matter of rights', (errno, detail, name, text) => {
    const error = user(errno, detail)
    expect(error).toMatchObject({
      code: 'EXECD_PERMISSION',
      message: `could not become the user: ${text} (${name})`,
      details: { ...details, errno: name },
    })
    expect(error.hint).toContain('every group must be mapped')
  })
})

describe('the cgroup', () => {
  const about: About = { code: 'EXECD_CGROUP', field: 'resources', action: 'set up the cgroup' }

  test('a name that is taken is an id in use', () => {
    const error = failure(step.mkdir({ phase: 'host', dir: 0, mode: 0o755, file: 'box' }), about, 17)
    expect(error).toMatchObject({ code: 'EXECD_ID_IN_USE', details: { container: 'box', errno: 'EEXIST' } })
  })

  test('a limit that is refused is named by its field', () => {
    const write = step.write({ phase: 'host', dir: 0, file: 'pids.max', data: '5' })
    expect(failure(write, about, 22)).toMatchObject({
      code: 'EXECD_LIMIT',
      details: { container: 'box', errno: 'EINVAL', path: 'resources.pids.limit', got: '5' },
    })
    expect(failure(write, about, 2)).toMatchObject({
      code: 'EXECD_UNSUPPORTED',
      details: { path: 'resources.pids.limit' },
    })
  })

  test('a group that cannot be joined, from either side', () => {
    expect(failure(step.writeFd({ slot: 5, data: '0' }), about, 1)).toMatchObject({
      code: 'EXECD_CGROUP',
      message: 'could not join the cgroup (EPERM)',
    })
    expect(failure(step.write({ dir: -1, file: '/cg/box/tasks', data: '0' }), about, 13)).toMatchObject({
      code: 'EXECD_CGROUP',
      message: 'could not write "0" to /cg/box/tasks (EACCES)',
    })
  })
})

describe('mount', () => {
  const about: About = { code: 'EXECD_MOUNT', field: 'mounts[1]', action: 'mount /data', hint: 'a hint' }
  const mount = step.mount({ slot: 1, create: true, target: '/data' })

  test.each([
    [17, 'EEXIST'],
    [40, 'ELOOP'],
  ])('errno %i is a symbolic link on the way', (errno, name) => {
    const error = failure(mount, about, errno)
    expect(error).toMatchObject({
      code: 'EXECD_MOUNT',
      details: { ...base, step: 'mount', errno: name, path: 'mounts[1]' },
    })
    expect(error.message).toMatch(/^could not mount \/data: a symbolic link on the way leads out/)
    expect(error.hint).toContain('mend the link')
  })

  test('any other is told as it is, with the hint of the step', () => {
    expect(failure(mount, about, 13)).toMatchObject({
      code: 'EXECD_MOUNT',
      message: 'could not mount /data: permission denied (EACCES)',
      hint: 'a hint',
      details: { ...base, step: 'mount', errno: 'EACCES', path: 'mounts[1]' },
    })
  })

  test('the same errno of another step is no symbolic link', () => {
    expect(failure(step.dir({ mode: 0o755, path: '/x' }), about, 17).message).toBe(
      'could not mount /data: file already exists (EEXIST)',
    )
  })
})

describe('every other step', () => {
  test('is told by what it was for, with what it was at', () => {
    const about: About = { code: 'EXECD_SYSCTL', field: 'sysctl.net.x', action: 'set net.x', hint: 'know it' }
    const error = failure(step.sysctl({ key: 'net/x', value: '1' }), about, 22, {
      context: '/proc/sys/net/x',
    })
    expect(error).toMatchObject({
      code: 'EXECD_SYSCTL',
      message: 'could not set net.x at /proc/sys/net/x: invalid argument (EINVAL)',
      hint: 'know it',
      details: { ...base, step: 'sysctl', errno: 'EINVAL', path: 'sysctl.net.x' },
    })
  })

  test('has the hint of the catalogue when it has none, and no path when it is of no field', () => {
    const error = failure(step.propagate({ flags: 0 }), { code: 'EXECD_MOUNT', action: 'cut off' }, 1)
    expect(error.hint).toBe(failure(step.pivot(), { code: 'EXECD_MOUNT', action: 'x' }, 1).hint)
    expect(error.hint.length).toBeGreaterThan(10)
    expect(error.details).toEqual({ ...base, step: 'propagate', errno: 'EPERM' })
  })

  test('that nothing is known of fails the start', () => {
    expect(failure(step.keyring(), null, 1)).toMatchObject({
      code: 'EXECD_START_FAILED',
      message: 'could not start the container: operation not permitted (EPERM)',
      details: { ...base, step: 'keyring', errno: 'EPERM' },
    })
  })

  test('a start that failed at no step', () => {
    expect(failure(null, null, 10)).toMatchObject({
      code: 'EXECD_START_FAILED',
      details: { ...base, step: 'start', errno: 'ECHILD' },
    })
    expect(failure(null, null, 125).details.errno).toBe('ECANCELED')
  })

  test.each(ERROR_CODES.filter((code) => code !== 'EXECD_CGROUP'))(
    'the code of the step is that of the error: %s',
    (code: ErrorCode) => {
      expect(failure(step.pivot(), { code, action: 'pivot' }, 1).code).toBe(code)
    },
  )
})

test('errno in words', () => {
  expect([errnoName(2), errnoText(2)]).toEqual(['ENOENT', 'no such file or directory'])
  // names that libuv has no word for, and that a start can end with
  expect([8, 10, 74, 122].map(errnoName)).toEqual(['ENOEXEC', 'ECHILD', 'EBADMSG', 'EDQUOT'])
  expect([errnoName(9999), errnoText(9999)]).toEqual(['errno 9999', 'errno 9999'])
})
