import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { requires } from '@execd/test-support'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals'
import { O_DIRECTORY, O_PATH } from '../../dist/linux/constants.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { container, makeRootfs, plain, type Rootfs } from './container.js'
import { finish, gone, type Helper, start } from './harness.js'

const { describe, test } = requires('root', 'busybox')

const FOLDER = 8
const ENOSPC = 28
const EPIPE = 32
type Log = Parameters<typeof step.log>[0]

describe('an output in files of limited size', () => {
  let rootfs: Rootfs
  let folder: string
  const helpers: Helper[] = []
  const begin = (steps: readonly Step[]): Helper => {
    const helper = start(steps)
    helpers.push(helper)
    return helper
  }
  beforeAll(() => {
    rootfs = makeRootfs()
  })
  afterAll(() => rootfs.remove())
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'execd-helper-'))
  })
  afterEach(() => {
    for (const helper of helpers.splice(0)) helper.control.destroy()
    rmSync(folder, { recursive: true })
  })

  const open = (path: string) => step.open({ phase: 'host', slot: FOLDER, flags: O_PATH | O_DIRECTORY, path })
  const log = (more: Partial<Log> = {}) =>
    step.log({ descriptors: [1], dir: FOLDER, file: 'out', maxSize: 4096, maxFiles: 1000, ...more })
  const shell = (script: string, more: Partial<Log> = {}, opening: Step = open(folder)) =>
    container(rootfs.path, { args: ['sh', '-c', script], host: [opening, log(more)] })
  /** Oldest first. */
  const files = (file = 'out') => {
    const names = readdirSync(folder).filter((name) => name === file || name.startsWith(`${file}.`))
    const number = (name: string) => Number(name.slice(file.length + 1))
    return names.sort((a, b) => number(b) - number(a)).map((name) => readFileSync(join(folder, name)))
  }
  const all = (file?: string) => Buffer.concat(files(file)).toString('latin1')
  const writers = (helper: Helper): number[] =>
    readFileSync(`/proc/${helper.process.pid}/task/${helper.process.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .map(Number)
      .filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'execd-log\n')
  /** It is there from the start, and has its name a moment later. */
  const writerOf = async (helper: Helper): Promise<number> => {
    await helper.until('a writer', () => writers(helper).length > 0)
    return writers(helper)[0] ?? 0
  }
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('')

  test('is whole when the end is told, and no file is larger', async () => {
    const { last, stdout } = await finish(shell('seq 20000; exit 4'))
    expect(last).toMatchObject({ type: 'exited', code: 4, cleanupErrors: [] })
    expect(stdout).toBe('')
    expect(all()).toBe(numbers(20_000))
    for (const file of files()) expect(file.length).toBeLessThanOrEqual(4096)
  })

  test('a line longer than a file is cut', async () => {
    await finish(shell("echo short; printf '%09000d\\n' 7; echo short"))
    expect(all()).toBe(`short\n${'7'.padStart(9000, '0')}\nshort\n`)
    expect(files().map((file) => file.length)).toEqual([6, 4096, 4096, 815])
  })

  test('only as many files are kept as wanted: the last', async () => {
    writeFileSync(join(folder, 'out.7'), 'of another time')
    writeFileSync(join(folder, 'out.1'), 'of another time')
    writeFileSync(join(folder, 'out.x'), 'mine')
    await finish(shell('seq 20000', { maxFiles: 3 }))
    expect(readdirSync(folder).sort()).toEqual(['out', 'out.1', 'out.2', 'out.7', 'out.x'])
    rmSync(join(folder, 'out.7'))
    rmSync(join(folder, 'out.x'))
    expect(numbers(20_000).endsWith(all())).toBe(true)
    expect(all().length).toBeGreaterThan(2 * 4000)
  })

  test('appending goes on where it was', async () => {
    for (const text of ['one', 'two']) await finish(shell(`echo ${text}`, { append: true }))
    expect(all()).toBe('one\ntwo\n')
    await finish(shell('seq 3000', { append: true }))
    expect(all()).toBe(`one\ntwo\n${numbers(3000)}`)
    await finish(shell('echo new'))
    expect(readdirSync(folder)).toEqual(['out'])
    expect(all()).toBe('new\n')
  })

  test('a flood arrives byte by byte as it was', async () => {
    const flood = randomBytes(30_000_000)
    writeFileSync(join(rootfs.path, 'tmp/flood'), flood)
    const { last } = await finish(shell('cat /tmp/flood', { maxSize: 1_000_000 }))
    expect(last).toMatchObject({ code: 0, cleanupErrors: [] })
    const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    expect(hash(Buffer.concat(files()))).toBe(hash(flood))
  }, 60_000)

  test('both outputs into one file, or each into one of its own', async () => {
    await finish(shell('echo a; echo b >&2; echo c', { descriptors: [1, 2] }))
    expect(all()).toBe('a\nb\nc\n')
    const host = [open(folder), log(), log({ descriptors: [2], file: 'errors' })]
    await finish(container(rootfs.path, { args: ['sh', '-c', 'seq 3000; seq 4000 >&2'], host }))
    expect([all(), all('errors')]).toEqual([numbers(3000), numbers(4000)])
  })

  test('what has changed its user can open its own outputs again', async () => {
    const steps = container(rootfs.path, {
      args: ['sh', '-c', 'echo x >/proc/self/fd/1'],
      host: [open(folder), log()],
      user: { uid: 1000, gid: 1000, flags: 16 },
    })
    expect((await finish(steps)).last).toMatchObject({ code: 0 })
    expect(all()).toBe('x\n')
  })

  test('the pipe is given to whom it should belong', async () => {
    await finish(shell('stat -Lc %u:%g /proc/self/fd/1', { owner: { uid: 12, gid: 34 } }))
    expect(all()).toBe('12:34\n')
  })

  test.each<readonly [string, () => void, number]>([
    ['a symbolic link', () => symlinkSync('/etc/passwd', join(folder, 'out')), 40],
    ['a folder', () => mkdirSync(join(folder, 'out')), 21],
  ])('%s in its place is refused', async (_, make, errno) => {
    const before = readFileSync('/etc/passwd')
    make()
    expect((await finish(shell('echo x'))).last).toMatchObject({ type: 'failed', step: 1, errno })
    expect(readFileSync('/etc/passwd')).toEqual(before)
  })

  test.each([[''], ['.'], ['..'], ['a/b'], ['x'.repeat(241)]])(
    'a file called %p is refused',
    async (file) => {
      expect((await finish(shell('echo x', { file }))).last).toMatchObject({ type: 'failed', errno: 22 })
    },
  )

  test('links that are put there while it runs are replaced, not followed', async () => {
    const helper = begin(shell('seq 100; read go; seq 2000'))
    await helper.message('started')
    await helper.until('the first lines', () => all() === numbers(100))
    writeFileSync(join(folder, 'trap'), 'untouched')
    renameSync(join(folder, 'out'), join(folder, 'kept'))
    for (const name of ['out', 'out.1', 'out.2']) symlinkSync('trap', join(folder, name))
    helper.stdin.end('go\n')
    await helper.closed
    expect(helper.messages.at(-1)).toMatchObject({ code: 0 })
    expect(readFileSync(join(folder, 'trap'), 'utf8')).toBe('untouched')
  })

  test('a stranger who holds the pipe is not waited for', async () => {
    const helper = begin([
      open(folder),
      log(),
      ...plain(['sh', '-c', 'setsid sleep 30 </dev/null 2>/dev/null & echo $!']),
    ])
    await helper.closed
    expect(helper.messages.at(-1)).toMatchObject({ code: 0, cleanupErrors: [] })
    process.kill(Number(all()), 'SIGKILL')
  })

  test('a writer that is killed is followed by another, and said', async () => {
    const helper = begin(shell('echo before; read go; echo after'))
    await helper.message('started')
    await helper.until('the first line', () => all() === 'before\n')
    const writer = await writerOf(helper)
    process.kill(writer, 'SIGKILL')
    await helper.until(
      'another writer',
      () => !writers(helper).includes(writer) && writers(helper).length === 1,
    )
    helper.stdin.end('go\n')
    await helper.closed
    expect(helper.messages.at(-1)).toMatchObject({ code: 0, cleanupErrors: [{ step: 1, errno: EPIPE }] })
    expect(all()).toBe('before\nafter\n')
  })

  test('after the monitor was killed the writer ends with the container', async () => {
    const helper = begin(shell('echo before; read go'))
    await helper.message('started')
    await helper.until('the first line', () => all() === 'before\n')
    const writer = await writerOf(helper)
    helper.process.kill('SIGKILL')
    await gone(writer)
  })

  test('it holds nothing but what it writes with', async () => {
    const helper = begin(shell('read go'))
    await helper.message('started')
    const writer = await writerOf(helper)
    expect(readdirSync(`/proc/${writer}/fd`)).toHaveLength(4)
    helper.control.destroy()
    await helper.closed
    await gone(writer)
  })

  describe('on a full disk', () => {
    /** A program whose output fills a disk of four pages; then the place of its files as seen from here. */
    const fill = async () => {
      const options = [['size', '16384']] as const
      const disk = step.fsmount({ phase: 'host', slot: FOLDER, attrs: 0, type: 'tmpfs', options })
      const helper = begin(shell('seq 5000; read go; echo last', {}, disk))
      await helper.message('started')
      const writer = await writerOf(helper)
      const descriptors = readdirSync(`/proc/${writer}/fd`).map((fd) => `/proc/${writer}/fd/${fd}`)
      const inside = descriptors.find((path) => statSync(path).isDirectory()) ?? ''
      await helper.until('a full disk', () => readdirSync(inside).includes('out.4'))
      return { helper, inside }
    }

    test('the program waits a second for room, and nothing is lost', async () => {
      const { helper, inside } = await fill()
      rmSync(join(inside, 'out.4'))
      rmSync(join(inside, 'out.2'))
      rmSync(join(inside, 'out.1'))
      helper.stdin.end('go\n')
      await helper.closed
      expect(helper.messages.at(-1)).toMatchObject({ code: 0, cleanupErrors: [] })
    })

    test('after that it goes on, and that output is lost is said', async () => {
      const { helper, inside } = await fill()
      const first = readFileSync(join(inside, 'out.4'), 'utf8')
      expect(numbers(5000).startsWith(first)).toBe(true)
      await delay(1500)
      rmSync(join(inside, 'out.2'))
      const kept = openSync(inside, 'r')
      helper.stdin.end('go\n')
      await helper.closed
      expect(helper.messages.at(-1)).toMatchObject({ code: 0, cleanupErrors: [{ step: 1, errno: ENOSPC }] })
      expect(readFileSync(`/proc/self/fd/${kept}/out`, 'utf8').endsWith('last\n')).toBe(true)
      closeSync(kept)
    })
  })
})
