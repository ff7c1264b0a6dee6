import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { O_DIRECTORY, O_PATH } from '../../dist/linux/constants.js'
import { OP } from '../../dist/plan/ops.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { plain } from './container.js'
import { finish } from './harness.js'

const EINVAL = 22
const ENOTDIR = 20
const ENOTEMPTY = 39
const EEXIST = 17

// RMDIR knows nothing of cgroups, so ordinary folders show what it does.
describe('RMDIR and CGROUPKILL', () => {
  let folder: string
  const at = (name: string) => join(folder, name)
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'execd-removal-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const openAt = (slot: number, path: string): Step =>
    step.open({ phase: 'host', slot, flags: O_PATH | O_DIRECTORY, path })
  const clean = (host: Step[], ...cleanup: Step[]) => finish([...plain(['true'], { host }), ...cleanup])
  const rmdir = (fields: Partial<Parameters<typeof step.rmdir>[0]>): Step =>
    step.rmdir({ dir: 0, timeoutMs: 0, file: 'x', ...fields })
  const ended = { type: 'exited', code: 0, cleanupErrors: [] }

  test.each<[string, number | undefined, boolean]>([
    ['whose guard is open is removed', 1, true],
    ['whose guard is the folder above is removed, too', 0, true],
    ['whose guard is not open is left alone', 2, false],
    ['without a guard is removed', -1, true],
    ['whose guard is not given is removed', undefined, true],
  ])('a folder %s', async (_, guard, removed) => {
    mkdirSync(at('x'))
    const host = [openAt(0, folder), openAt(1, at('x'))]
    const { last } = await clean(host, rmdir(guard === undefined ? {} : { guard }))
    expect(last).toMatchObject(ended)
    expect(existsSync(at('x'))).toBe(!removed)
  })

  test('a guard keeps its descriptor open to the end, though nothing else names it', async () => {
    for (const name of ['x', 'y', 'z']) mkdirSync(at(name))
    const host = [openAt(0, folder), openAt(61, at('x')), openAt(62, at('y')), openAt(63, at('z'))]
    const { last } = await clean(
      host,
      rmdir({ file: 'x', guard: 61 }),
      rmdir({ file: 'y', guard: 62 }),
      rmdir({ file: 'z', guard: 63 }),
    )
    expect(last).toMatchObject(ended)
    expect(['x', 'y', 'z'].map((name) => existsSync(at(name)))).toEqual([false, false, false])
  })

  test('what somebody else made is not removed when the name is taken', async () => {
    mkdirSync(at('x'))
    const host = [
      openAt(0, folder),
      step.mkdir({ phase: 'host', dir: 0, mode: 0o755, file: 'x' }),
      step.open({ phase: 'host', slot: 1, dir: 0, flags: O_PATH | O_DIRECTORY, path: 'x' }),
    ]
    const { last } = await clean(host, rmdir({ recursive: true, guard: 1, timeoutMs: 200 }))
    expect(last).toMatchObject({ type: 'failed', op: OP.mkdir, errno: EEXIST, cleanupErrors: [] })
    expect(existsSync(at('x'))).toBe(true)
  })

  test('what was made is removed when a later step fails', async () => {
    const host = [
      openAt(0, folder),
      step.mkdir({ phase: 'host', dir: 0, mode: 0o755, file: 'x' }),
      step.open({ phase: 'host', slot: 1, dir: 0, flags: O_PATH | O_DIRECTORY, path: 'x' }),
      step.mkdir({ phase: 'host', dir: 1, mode: 0o755, file: 'below' }),
      openAt(2, at('not-there')),
    ]
    const { last } = await clean(host, rmdir({ recursive: true, guard: 1, timeoutMs: 200 }))
    expect(last).toMatchObject({ type: 'failed', op: OP.open, cleanupErrors: [] })
    expect(existsSync(at('x'))).toBe(false)
  })

  test('folders below go only when recursive, files never, symbolic links are not followed', async () => {
    mkdirSync(at('x/a/b'), { recursive: true })
    mkdirSync(at('other/keep'), { recursive: true })
    const host = [openAt(0, folder), openAt(1, at('x'))]
    expect((await clean(host, rmdir({ guard: 1 }))).last).toMatchObject({
      type: 'exited',
      cleanupErrors: [{ errno: ENOTEMPTY }],
    })
    symlinkSync(at('other'), at('x/link'))
    writeFileSync(at('x/a/file'), '')
    expect((await clean(host, rmdir({ recursive: true, guard: 1, timeoutMs: 200 }))).last).toMatchObject({
      type: 'exited',
      cleanupErrors: [{ errno: ENOTEMPTY }],
    })
    expect([existsSync(at('x/a/file')), existsSync(at('x/a/b')), existsSync(at('other/keep'))]).toEqual([
      true,
      false,
      true,
    ])
    rmSync(at('x/link'))
    rmSync(at('x/a/file'))
    expect((await clean(host, rmdir({ recursive: true, guard: 1, timeoutMs: 200 }))).last).toMatchObject(
      ended,
    )
    expect([existsSync(at('x')), existsSync(at('other/keep'))]).toEqual([false, true])
  })

  test('a name is one component, and what is gone already is no error', async () => {
    mkdirSync(at('x/y'), { recursive: true })
    const { last } = await clean(
      [openAt(0, folder)],
      rmdir({ file: 'x/y' }),
      rmdir({ file: '/x' }),
      rmdir({ dir: -1, file: 'x' }),
      rmdir({ file: 'not-there' }),
      rmdir({ dir: -1, file: at('not-there') }),
    )
    expect(last).toMatchObject({ type: 'exited' })
    if (last?.type === 'exited')
      expect(last.cleanupErrors.map((e) => e.errno)).toEqual([EINVAL, EINVAL, EINVAL])
    expect(existsSync(at('x/y'))).toBe(true)
  })

  test('a file in place of the folder is not removed', async () => {
    writeFileSync(at('x'), '')
    const { last } = await clean([openAt(0, folder)], rmdir({ recursive: true }))
    expect(last).toMatchObject({ type: 'exited', cleanupErrors: [{ errno: ENOTDIR }] })
    expect(existsSync(at('x'))).toBe(true)
  })

  test.each([[1], [2]] as const)('a kill in a cgroup v%i that is not open succeeds', async (version) => {
    const { last } = await clean([], step.cgroupKill({ dir: 7, version, timeoutMs: 0 }))
    expect(last).toMatchObject(ended)
  })
})
