import { describe, expect, test } from '@jest/globals'
import { checkOptions } from '../dist/options.js'
import { toolFailure } from '../dist/runtime/failure.js'
import { parseLog } from '../dist/runtime/log.js'
import { neededVersion, parseVersion } from '../dist/runtime/version.js'

describe('versions', () => {
  test.each([
    ['runc version 1.1.5+ds1\ncommit: x', 'runc', 'runc 1.1.5+ds1', null],
    ['crun version 1.8.1\ncommit: y', 'crun', 'crun 1.8.1', null],
    ['youki version 0.3.3', 'other', 'youki 0.3.3', null],
    ['runc version 1.0.3', 'runc', 'runc 1.0.3', '1.1'],
    ['crun version 0.17', 'crun', 'crun 0.17', '1.8'],
  ])('%j', (output, kind, text, needed) => {
    const version = parseVersion(output)
    expect(version).toMatchObject({ kind, text })
    expect(version === null ? '' : neededVersion(version)).toBe(needed)
  })

  test.each(['', 'no version', 'version 1', '\0\xff'])('garbage %j', (output) => {
    expect(parseVersion(output)).toBeNull()
  })
})

test('of a log the failures count', () => {
  const lines = [
    '{"level":"warning","msg":"ignoring"}',
    '{"level":"error","msg":"broken","time":"x"}',
    'text',
    '[1]',
    '',
  ]
  expect(parseLog(lines.join('\n'))).toEqual(['broken'])
})

describe('what failures mean, in the words of runc 1.1 and crun 1.8', () => {
  const about = {
    runtime: '/bin/runc',
    args: ['create'],
    container: 'c1',
    program: 'p',
    ended: 'ended with 1',
  }
  const RUNC = 'runc create failed: unable to start container process: '
  const INIT = `${RUNC}error during container init: `
  test.each([
    [`${RUNC}exec: "p": executable file not found in $PATH`, 'EXECD_PROGRAM_NOT_FOUND'],
    [`${RUNC}exec: "/p": stat /p: no such file or directory`, 'EXECD_PROGRAM_NOT_FOUND'],
    ['executable file `p` not found in $PATH: No such file or directory', 'EXECD_PROGRAM_NOT_FOUND'],
    [`${RUNC}exec: "/etc/passwd": permission denied`, 'EXECD_PROGRAM_NOT_EXECUTABLE'],
    ['open executable: Permission denied', 'EXECD_PROGRAM_NOT_EXECUTABLE'],
    [`${INIT}mkdir /etc/passwd: not a directory`, 'EXECD_WORKING_DIRECTORY'],
    ['chdir `/etc/passwd`: Not a directory', 'EXECD_WORKING_DIRECTORY'],
    ['runc create failed: invalid rootfs: stat /nope: no such file or directory', 'EXECD_ROOTFS'],
    [`${INIT}error mounting "/a" to rootfs at "/b": stat /a: no such file or directory`, 'EXECD_MOUNT'],
    ["error stat'ing file `/nope`: No such file or directory", 'EXECD_MOUNT'],
    ['mount `tmpfs` to `mnt`: Invalid argument', 'EXECD_MOUNT'],
    [
      `${INIT}unable to apply apparmor profile: write /proc/self/attr/exec: invalid argument`,
      'EXECD_SECURITY_MODULE',
    ],
    ['write to `/proc/self/attr/keycreate`: Invalid argument', 'EXECD_SECURITY_MODULE'],
    [`${INIT}open /proc/sys/net/ipv4/nope: no such file or directory`, 'EXECD_SYSCTL'],
    ['writing file `cpuset.cpus`: Numerical result out of range', 'EXECD_LIMIT'],
    [
      `${RUNC}unable to apply cgroup configuration: failed to write "99": write /sys/fs/cgroup/cpuset/x/cpuset.cpus: numerical result out of range`,
      'EXECD_LIMIT',
    ],
    ['opening file `blkio.weight` for writing: No such file or directory', 'EXECD_LIMIT'],
    [
      'OOM: the memory limit could be too low: read from sync socket: Connection reset by peer',
      'EXECD_LIMIT',
    ],
    [
      `${INIT}error setting rlimits for ready process: error setting rlimit type 7: operation not permitted`,
      'EXECD_LIMIT',
    ],
    ['setrlimit `RLIMIT_NOFILE`: Operation not permitted', 'EXECD_LIMIT'],
    ['write to /proc/self/oom_score_adj: Permission denied', 'EXECD_LIMIT'],
    ['seccomp unknown architecture NOPE', 'EXECD_SECCOMP'],
    ['cannot setns `/proc/self/ns/ipc`: Invalid argument', 'EXECD_NAMESPACE'],
    [`${INIT}unable to apply caps: operation not permitted`, 'EXECD_PERMISSION'],
    ['something odd', 'EXECD_START_FAILED'],
  ])('%s: %s', (message, code) => {
    const error = toolFailure([message], about)
    expect(error).toMatchObject({ code, details: { driver: 'oci', container: 'c1' } })
    expect(error.hint.length).toBeGreaterThan(5)
  })

  test('without a word the end of the runtime is told', () => {
    expect(toolFailure([], about).message).toContain('/bin/runc ended with 1')
    const nsexec = [
      'nsexec[1]: failed to update /proc/self/oom_score_adj: Permission denied',
      `${RUNC}can't get final child's PID from pipe: EOF`,
    ]
    expect(toolFailure(nsexec, about).code).toBe('EXECD_LIMIT')
  })
})

describe('options', () => {
  test('have defaults', () => {
    expect(checkOptions(undefined)).toMatchObject({
      runtime: null,
      cgroupParent: null,
      toolPath: expect.stringContaining('/sbin'),
    })
  })

  test.each([
    [1, 'options'],
    [{ what: 1 }, 'what'],
    [{ runtime: '../runc' }, 'runtime'],
    [{ stateDir: 'relative' }, 'stateDir'],
    [{ stateDir: `/${'x'.repeat(70)}` }, 'stateDir'],
    [{ cgroupParent: '/a/../b' }, 'cgroupParent'],
    [{ toolPath: '' }, 'toolPath'],
  ])('%j is refused', (options, path) => {
    expect(() => checkOptions(options)).toThrow(
      expect.objectContaining({ code: 'EXECD_INVALID_OPTION', details: expect.objectContaining({ path }) }),
    )
  })
})
