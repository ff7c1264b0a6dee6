import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { compileSeccomp, loadDefaultProfile, type SeccompContext } from '../../dist/seccomp/index.js'
import { DEFAULT_CAPABILITIES } from './support/contexts.js'
import { buildProgram } from './support/reference.js'

const { describe, test } = requires('gcc')
const EPERM = '1'
const ENOSYS = '38'

let probe: ReturnType<typeof buildProgram>
beforeAll(() => {
  probe = buildProgram('probe')
})
afterAll(() => probe.remove())

/** Loads the default profile in a child; what each call of test/seccomp/ref/probe.c got there. */
function under(options: Partial<SeccompContext>): Record<string, string> {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
  const context: SeccompContext = { arch, capabilities: DEFAULT_CAPABILITIES, kernel: release(), ...options }
  const file = join(probe.folder, 'filter')
  writeFileSync(file, compileSeccomp(loadDefaultProfile(), context).program)
  const output = execFileSync(probe.path, [file], { encoding: 'utf8' })
  return Object.fromEntries(
    output
      .trim()
      .split('\n')
      .map((line) => line.split(/ (.*)/)),
  )
}

describe('the default profile in this kernel', () => {
  test('lets ordinary calls through and refuses what it must', () => {
    expect(under({})).toMatchObject({
      getpid: '0',
      'socket:unix': '0',
      'socket:alg': EPERM,
      'socket:alg:high': EPERM,
      'socket:vsock': EPERM,
      'socket:vsock:high': EPERM,
      'unshare:user': EPERM,
      'clone:user': EPERM,
      clone3: ENOSYS,
      keyctl: EPERM,
      io_uring_setup: EPERM,
      future: ENOSYS,
    })
  })

  test('filters the 32-bit entry point, or kills there', () => {
    if (process.arch !== 'x64') return expect(under({}).getpid).toBe('0')
    const filtered = under({})
    expect(filtered).toMatchObject({ 'x32:getpid': ENOSYS })
    if (filtered['before:i386:getpid'] !== '0') return expect(filtered['i386:getpid']).not.toBe('0')
    expect(filtered).toMatchObject({
      'i386:getpid': '0',
      'i386:socket:alg': EPERM,
      'i386:socketcall': ENOSYS,
    })
    // SIGSYS
    expect(under({ foreign: 'refuse' })).toMatchObject({ getpid: '0', 'i386:getpid': 'killed 31' })
  })
})
