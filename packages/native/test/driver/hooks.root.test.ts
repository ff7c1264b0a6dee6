import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HookState } from '@execd/core'
import { expect } from '@jest/globals'
import { isAlive, readOrNull } from './support/host-state.js'
import { driverTests, failure, type Suite } from './support/suite.js'

/** A hook program that keeps what it is told in a file. */
const keeps = (file: string) => ({ path: '/bin/sh', args: ['sh', '-c', 'cat >>"$0"; echo >>"$0"', file] })

const told = (file: string): HookState[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as HookState)

const file = (suite: Suite, name: string): string => join(suite.temp, name)

driverTests('hooks', (suite, test) => {
  test('prestart: the namespaces exist, the command has not run', async () => {
    const mark = join(suite.rootfs, 'data/ran')
    const seen: Array<Record<string, unknown>> = []
    const prestart = ({ id, status, pid }: HookState): void => {
      const other = (name: string): boolean =>
        readlinkSync(`/proc/${pid}/ns/${name}`) !== readlinkSync(`/proc/self/ns/${name}`)
      seen.push({
        id,
        status,
        ran: existsSync(mark),
        separate: ['pid', 'net', 'ipc', 'uts', 'mnt'].filter(other),
      })
    }
    const result = await suite.sh('touch /data/ran', { id: 'hooked' }, { hooks: { prestart } })
    expect(result.ok).toBe(true)
    expect(seen).toEqual([
      { id: 'hooked', status: 'creating', ran: false, separate: ['pid', 'net', 'ipc', 'uts', 'mnt'] },
    ])
    expect(existsSync(mark)).toBe(true)
  })

  test('prestart may prepare the network namespace', async () => {
    const { spawnSync } = await import('node:child_process')
    const busybox = join(suite.rootfs, 'bin/busybox')
    const prestart = ({ pid }: HookState): void => {
      const args = [
        'nsenter',
        `--net=/proc/${pid}/ns/net`,
        busybox,
        'ip',
        'addr',
        'add',
        '10.11.12.13/32',
        'dev',
        'lo',
      ]
      expect(spawnSync(busybox, args, { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
    }
    const result = await suite.sh('ip -4 addr show lo', {}, { hooks: { prestart } })
    expect(result.stdout).toContain('inet 10.11.12.13/32')
  })

  test('a prestart hook that fails stops the start; what was made is gone, poststop is told', async () => {
    const cause = new Error('no')
    const stops: HookState[] = []
    let pid = 0
    const hooks = {
      prestart: (state: HookState) => {
        pid = state.pid
        throw cause
      },
      poststart: () => stops.push({ id: 'poststart', status: 'running', pid: 1 }),
      poststop: (state: HookState) => stops.push(state),
    }
    const error = await failure(suite.sh('touch /data/never', { id: 'stopped' }, { hooks }))
    expect(error).toMatchObject({ code: 'EXECD_HOOK_FAILED', cause })
    expect(existsSync(join(suite.rootfs, 'data/never'))).toBe(false)
    expect(stops).toEqual([{ id: 'stopped', status: 'stopped', pid: 0 }])
    expect(suite.groups()).toEqual([])
    expect(isAlive(pid)).toBe(false)
  })

  test('poststart and poststop: once each, a failure is told and changes nothing', async () => {
    const seen: string[] = []
    const hooks = {
      poststart: (state: HookState) => {
        seen.push(state.status)
        expect(readOrNull(`/proc/${state.pid}/comm`)).toBe('sleep\n')
        throw new Error('poststart failed')
      },
      poststop: (state: HookState) => {
        seen.push(state.status)
        expect(suite.groups()).toEqual([])
        throw new Error('poststop failed')
      },
    }
    const result = await suite.runtime.run(suite.command(['sleep', '0.3']), { hooks })
    expect(result.ok).toBe(true)
    expect(seen).toEqual(['running', 'stopped'])
    const causes = result.hookErrors.map((error) => (error.cause as { message?: string }).message)
    expect(causes).toEqual(['poststart failed', 'poststop failed'])
  })

  test('programs: told the state as JSON, with their environment and time', async () => {
    const prestart = file(suite, 'prestart')
    const poststop = file(suite, 'poststop')
    const hooks = {
      prestart: [keeps(prestart)],
      poststart: [keeps(file(suite, 'poststart'))],
      poststop: [keeps(poststop)],
    }
    expect(await suite.output('true', { id: 'programs', hooks })).toBe('')
    expect(told(prestart)).toEqual([expect.objectContaining({ id: 'programs', status: 'creating' })])
    expect(told(prestart)[0]?.pid).toBeGreaterThan(1)
    expect(told(file(suite, 'poststart'))).toEqual([expect.objectContaining({ status: 'running' })])
    expect(told(poststop)).toEqual([expect.objectContaining({ id: 'programs', status: 'stopped' })])

    const environment = file(suite, 'environment')
    const env = { path: '/usr/bin/env', args: ['env'], env: { ONLY: 'this' } }
    const shell = { path: '/bin/sh', args: ['sh', '-c', `env | sort >${environment}`], env: { ONLY: 'this' } }
    await suite.output('true', { hooks: { prestart: [env, shell] } })
    expect(readFileSync(environment, 'utf8').split('\n')).toContain('ONLY=this')
    expect(readFileSync(environment, 'utf8')).not.toContain('HOME=')
  })

  test('a program that fails, hangs or is not there stops the start', async () => {
    const hook = (path: string, ...args: string[]) => ({
      hooks: { prestart: [{ path, args, timeout: '300ms' }] },
    })
    const failed = await failure(suite.sh('true', hook('/bin/sh', 'sh', '-c', 'echo because >&2; exit 3')))
    expect(failed.code).toBe('EXECD_HOOK_FAILED')
    expect(failed.message).toMatch(/because/)
    expect((await failure(suite.sh('true', hook('/bin/sleep', 'sleep', '1000')))).code).toBe(
      'EXECD_HOOK_FAILED',
    )
    expect((await failure(suite.sh('true', hook('/absent')))).code).toBe('EXECD_HOOK_FAILED')
    writeFileSync(file(suite, 'mode'), '')
    expect((await failure(suite.sh('true', hook(file(suite, 'mode'))))).code).toBe('EXECD_HOOK_FAILED')
    expect(suite.groups()).toEqual([])
  })

  test('hook programs get no descriptor of this process', async () => {
    const { closeSync, openSync } = await import('node:fs')
    const list = file(suite, 'descriptors')
    const fd = openSync(file(suite, 'secret'), 'w')
    try {
      const hook = { path: '/bin/sh', args: ['sh', '-c', `ls -l /proc/self/fd >${list}`] }
      await suite.output('true', { hooks: { prestart: [hook] } })
    } finally {
      closeSync(fd)
    }
    expect(readFileSync(list, 'utf8')).not.toMatch(/secret|memfd|execd-init/)
  })
})
