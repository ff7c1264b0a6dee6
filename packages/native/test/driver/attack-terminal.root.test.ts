import { readdirSync } from 'node:fs'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { locateInit, readInit, sealInit } from '../../dist/init/image.js'
import { encodePlan } from '../../dist/plan/encode.js'
import { step } from '../../dist/plan/steps.js'
import { RunningProcess } from '../../dist/process/running-process.js'
import { linuxSyscalls } from '../../dist/sys/linux.js'
import { SyscallError, type Syscalls } from '../../dist/sys/syscalls.js'
import { container, makeRootfs, type Rootfs } from '../helper/container.js'
import { descriptors, readOrNull } from './support/host-state.js'
import { failure } from './support/suite.js'
import { until } from './support/until.js'

const EMFILE = 24
const EBUSY = 16
const MARK = '917253'

const { test, describe } = requires('root', 'busybox')

const running = (): string[] =>
  readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && (readOrNull(`/proc/${pid}/cmdline`) ?? '').includes(`\0${MARK}\0`),
  )

/** A command that made its terminal exclusive (TIOCEXCL) gives an ordinary user EBUSY; too many descriptors give EMFILE. */
describe('a terminal that cannot be had', () => {
  const sys = linuxSyscalls()
  let rootfs: Rootfs
  let program: number
  beforeAll(async () => {
    rootfs = makeRootfs()
    program = sealInit(sys, await readInit(locateInit(null)))
  })
  afterAll(() => {
    sys.close(program)
    rootfs.remove()
  })

  function start(faulty: Partial<Syscalls>): Promise<RunningProcess> {
    const steps = container(rootfs.path, {
      args: ['sleep', MARK],
      mounts: [step.pty({ slot: 4, rows: 24, columns: 80, uid: 0, gid: 0 })],
    })
    const io = { stdin: { type: 'pipe' }, stdout: { type: 'pipe' }, stderr: { type: 'pipe' } } as const
    return RunningProcess.start(
      {
        prepared: null,
        starter: { sys: { ...sys, ...faulty }, program },
        plan: () => ({ steps, about: steps.map(() => null), limits: [] }),
        encode: () => encodePlan(steps),
        reportKeys: [],
        io,
        terminal: true,
        pipeOwner: null,
        container: 'box',
        keepsTerminal: false,
        kept: () => null,
        onCreated: null,
        onOom: () => {},
        cleanUpLost: async () => {},
      },
      () => {},
    )
  }

  const refuse = (name: string, errno: number) => (): never => {
    throw new SyscallError(name, errno)
  }

  const CASES: ReadonlyArray<readonly [string, Partial<Syscalls>, string]> = [
    ['its sockets', { socketpair: refuse('socketpair', EMFILE) }, 'EMFILE'],
    ['its master', { receiveDescriptor: refuse('recvmsg', EMFILE) }, 'EMFILE'],
    ['its slave', { openTerminalPeer: refuse('ioctl(TIOCGPTPEER)', EBUSY) }, 'EBUSY'],
  ]

  test.each(CASES)(
    'for want of %s: the start fails, nothing runs on and no descriptor is left',
    async (_, faulty, errno) => {
      const ended = await start({}) // loads what stays
      await ended.killAll()
      await until('the first one is gone', () => running().length === 0)
      const before = descriptors()
      const error = await failure(start(faulty))
      expect({ code: error.code, errno: error.details.errno }).toEqual({ code: 'EXECD_START_FAILED', errno })
      expect(running()).toEqual([])
      await until('descriptors are closed', () => descriptors().length <= before.length)
    },
  )
})
