import { execFileSync } from 'node:child_process'
import { chmodSync, createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requires } from '@execd/test-support'
import { afterEach, beforeEach, expect } from '@jest/globals'
import { CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, O_RDONLY } from '../../dist/linux/constants.js'
import { encodeAbort, encodeGo, encodeKillAll } from '../../dist/plan/messages.js'
import { OP } from '../../dist/plan/ops.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { plain } from './container.js'
import { gone, type Helper, isGone, start } from './harness.js'

const { test, describe } = requires('root')

const ENOENT = 2
const EBADMSG = 74
const ECANCELED = 125

describe('BARRIER', () => {
  let folder: string
  const at = (name: string) => join(folder, name)
  const text = (name: string) => readFileSync(at(name), 'utf8')
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'execd-barrier-'))
    chmodSync(folder, 0o755)
    for (const name of ['before', 'after', 'parent']) {
      writeFileSync(at(name), '')
      chmodSync(at(name), 0o666) // another user must be able to leave a trace, too
    }
    execFileSync('mkfifo', [at('fifo')])
  })
  const helpers: Helper[] = []
  /** Starts the helper, to be killed after the test: a failure may leave it waiting for ever. */
  const begin = (steps: readonly Step[]): Helper => {
    const helper = start(steps)
    helpers.push(helper)
    return helper
  }
  afterEach(async () => {
    for (const helper of helpers.splice(0)) {
      helper.process.kill('SIGKILL')
      helper.control.destroy()
      await helper.closed
    }
    rmSync(folder, { recursive: true })
  })

  const mark = (name: string): Step => step.write({ dir: -1, file: at(name), data: 'x' })
  /** Opening a FIFO to write waits for a reader: the monitor stays in PARENT until somebody reads. */
  const held = (): Step => step.write({ phase: 'parent', dir: -1, file: at('fifo'), data: 'x' })
  const parentMark = (): Step => step.write({ phase: 'parent', dir: -1, file: at('parent'), data: 'x' })
  const letGo = () =>
    new Promise<void>((resolve, reject) => {
      createReadStream(at('fifo')).on('error', reject).on('close', resolve).resume()
    })

  interface Shape {
    readonly sync?: boolean
    readonly parent?: readonly Step[]
    /** Of the child, before "before" is written. */
    readonly first?: readonly Step[]
    /** Of the child, after that and before the barrier. */
    readonly between?: readonly Step[]
    readonly barrier?: boolean
  }
  const plan = ({ sync = false, parent = [], first = [], between = [], barrier = true }: Shape): Step[] => [
    step.clone({ flags: 0, sync }),
    ...parent,
    ...first,
    mark('before'),
    ...between,
    ...(barrier ? [step.barrier()] : []),
    mark('after'),
    step.env({ variables: ['PATH=/bin:/usr/bin'] }),
    step.exec({ args: ['echo', 'on'] }),
  ]

  /** The pid of the only child of the monitor; 0 as long as it has none. */
  const childOf = (helper: Helper): number => {
    const { pid } = helper.process
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
  }
  const stateOf = (pid: number): string => {
    if (pid === 0) return '' // not made yet
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? ''
  }
  const status = (pid: number): string => readFileSync(`/proc/${pid}/status`, 'utf8')
  /** Waits until the child has done what comes before the barrier, and sleeps; its pid. */
  const atBarrier = async (helper: Helper): Promise<number> => {
    await helper.until(
      'the child at the barrier',
      () => text('before') === 'x' && stateOf(childOf(helper)) === 'S',
    )
    return childOf(helper)
  }

  test('with SYNC the steps before it run before GO, those after it only then', async () => {
    const helper = begin(plan({ sync: true, parent: [parentMark()] }))
    const { pid } = await helper.message('created')
    expect(await atBarrier(helper)).toBe(pid)
    expect([text('before'), text('parent'), text('after')]).toEqual(['x', 'x', ''])
    expect(helper.messages.map((m) => m.type)).toEqual(['created'])
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('execd-init\n')
    helper.control.write(encodeGo())
    await helper.closed
    expect(text('after')).toBe('x')
    expect(helper.stdout).toBe('on\n')
    expect(helper.messages.map((m) => m.type)).toEqual(['created', 'started', 'exited'])
  })

  test('without it nothing of the child runs before GO', async () => {
    const helper = begin(plan({ sync: true, barrier: false }))
    const { pid } = await helper.message('created')
    await helper.until('the child asleep', () => stateOf(pid) === 'S')
    expect([text('before'), text('after')]).toEqual(['', ''])
    helper.control.write(encodeGo())
    await helper.closed
    expect([text('before'), text('after')]).toEqual(['x', 'x'])
  })

  test('the child works while the monitor is in PARENT, and goes on when that is done', async () => {
    const helper = begin(plan({ parent: [held(), parentMark()] }))
    await atBarrier(helper)
    expect([text('parent'), text('after')]).toEqual(['', ''])
    expect(helper.messages).toEqual([])
    await letGo()
    await helper.closed
    expect([text('parent'), text('after')]).toEqual(['x', 'x'])
    expect(helper.messages.map((m) => m.type)).toEqual(['started', 'exited'])
  })

  test('the two can wait for each other before it', async () => {
    // The child's open waits for the monitor's, and the other way round: one after the other they would never end.
    const reads = step.open({ slot: 1, flags: O_RDONLY, path: at('fifo') })
    const helper = begin(plan({ parent: [held()], first: [reads] }))
    await helper.closed
    expect(helper.messages.at(-1)).toMatchObject({ type: 'exited', code: 0 })
  })

  test.each<[string, (helper: Helper) => unknown]>([
    ['the monitor is killed', (helper) => helper.process.kill('SIGKILL')],
    ['the socket is closed', (helper) => helper.control.destroy()],
    ['the start is called off', (helper) => helper.control.write(encodeAbort())],
    ['all is killed', (helper) => helper.control.write(encodeKillAll(1))],
  ])('when %s the child that waits at it ends', async (_, act) => {
    const helper = begin(plan({ sync: true }))
    const pid = await atBarrier(helper)
    act(helper)
    await gone(pid)
    helper.control.destroy()
    await helper.closed
    expect(text('after')).toBe('')
    expect(helper.stdout).toBe('')
  })

  test('also when the child has become another user, which clears its parent death signal', async () => {
    const helper = begin(plan({ sync: true, between: [step.setIds({ uid: 1000, gid: 1000 })] }))
    const { pid } = await helper.message('created')
    await helper.until('the other user', () => /^Uid:\t1000\t1000\t1000/m.test(status(pid)))
    expect(await atBarrier(helper)).toBe(pid)
    helper.process.kill('SIGKILL')
    await gone(pid)
    await helper.closed
    expect(text('after')).toBe('')
  })

  test('a start that is called off says so', async () => {
    const helper = begin(plan({ sync: true }))
    await atBarrier(helper)
    helper.control.write(encodeAbort())
    await helper.closed
    expect(helper.messages.at(-1)).toMatchObject({ type: 'failed', step: -1, errno: ECANCELED })
  })

  test('when a step of PARENT fails, that one is reported and the child ends', async () => {
    const fails = step.write({ phase: 'parent', dir: -1, file: at('not-there'), data: 'x' })
    const helper = begin(plan({ parent: [held(), fails] }))
    const pid = await atBarrier(helper)
    await letGo()
    await helper.closed
    expect(helper.messages).toMatchObject([{ type: 'failed', step: 2, op: OP.write, errno: ENOENT }])
    expect(await isGone(pid)).toBe(true)
    expect(text('after')).toBe('')
  })

  test('when a step before it fails, that one is reported, though PARENT goes on', async () => {
    const fails = step.write({ dir: -1, file: at('not-there'), data: 'x' })
    const helper = begin(plan({ parent: [held(), parentMark()], first: [fails] }))
    await helper.until('the end of the child', () => stateOf(childOf(helper)) === 'Z')
    expect(helper.messages).toEqual([])
    await letGo()
    await helper.closed
    expect(helper.messages).toMatchObject([{ type: 'failed', step: 3, op: OP.write, errno: ENOENT }])
    expect([text('before'), text('after'), text('parent')]).toEqual(['', '', 'x'])
  })

  test.each<[string, Step[]]>([
    ['two of them', plain(['true'], { end: [step.barrier(), step.barrier()] })],
    [
      'with a new user namespace',
      [
        step.clone({ flags: CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID }),
        step.barrier(),
        step.exec({ args: ['true'] }),
      ],
    ],
  ])('%s are refused before anything is done', async (_, steps) => {
    const first = step.write({ phase: 'host', dir: -1, file: at('before'), data: 'x' })
    const helper = begin([first, ...steps])
    await helper.closed
    expect(helper.messages).toMatchObject([{ type: 'failed', step: -1, errno: EBADMSG }])
    expect(text('before')).toBe('')
  })
})
