import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createRuntime, type SweepReport } from '@execd/core'
import { native } from '@execd/native'
import { expect } from '@jest/globals'
import { groupsBelow, isAlive, newMark, parentFolders, sleepers } from '../driver/support/host-state.js'
import { until } from '../driver/support/until.js'
import { DETACHED, detachedTests, monitorOf, type OtherNode, recovered } from './support.js'

/** Node and its monitors die at the same instant: nobody is left to clean up after the other. */
async function killAtOnce(node: OtherNode, pids: readonly number[]): Promise<void> {
  const all = [node.process.pid ?? 0, ...pids.map(monitorOf)]
  for (const pid of all) process.kill(pid, 'SIGSTOP')
  for (const pid of all) process.kill(pid, 'SIGKILL')
  await node.closed
}

const kinds = ({ removed }: SweepReport): string[] => [...new Set(removed.map(({ kind }) => kind))].sort()

detachedTests('sweeping', ({ suite, parent, newPlace, idle, orphan }, test) => {
  /** A program that is not told of its monitor's death. */
  const deaf = (id: string, mark: string) => {
    const args = ['setpriv', '--pdeathsig', 'clear', 'sleep', mark]
    return suite.command(args, { id, rootfs: { type: 'host' } })
  }

  test('what runs on after all of its keepers is ended and removed', async () => {
    const place = newPlace()
    const mark = newMark()
    const node = place.node({ attached: deaf('left', mark) })
    const { pid } = await node.says('attached')
    await until('it runs', () => sleepers(mark).length === 1)
    await killAtOnce(node, [Number(pid)])
    expect(isAlive(Number(pid))).toBe(true)
    const report = await (await place.runtime()).sweep()
    expect([kinds(report), report.problems]).toEqual([['cgroup', 'file'], []])
    expect(report.removed.some(({ name }) => name.endsWith('/left'))).toBe(true)
    expect([sleepers(mark), groupsBelow(parent)]).toEqual([[], []])
    expect(await (await place.runtime()).sweep()).toEqual({ removed: [], problems: [] })
  })

  test('beside the first container, without being asked', async () => {
    const place = newPlace()
    const mark = newMark()
    const node = place.node({ attached: deaf('left', mark) })
    const { pid } = await node.says('attached')
    await until('it runs', () => sleepers(mark).length === 1)
    await killAtOnce(node, [Number(pid)])
    const runtime = await place.runtime()
    await runtime.run(suite.command(['true']))
    await until('it is swept', () => sleepers(mark).length === 0 && groupsBelow(parent).length === 0)
    await until('its file too', () => place.owners().length === 1)
  })

  test('nothing of the living is touched, nor what is detached', async () => {
    const place = newPlace()
    const other = place.node({
      attached: idle('ordinary'),
      start: [{ command: idle('owned'), options: DETACHED }],
    })
    await other.says('done')
    const free = await orphan(place, idle('free'))
    const own = await (await place.runtime()).start(idle('own'), { stdio: 'ignore' })
    const before = groupsBelow(parent).sort()
    const reports = await Promise.all(Array.from({ length: 5 }, async () => (await place.runtime()).sweep()))
    // the one that started `free` is dead, and its file may be gone already
    for (const { removed } of reports) expect(removed.filter(({ kind }) => kind !== 'file')).toEqual([])
    expect(reports.flatMap(({ problems }) => problems)).toEqual([])
    expect(groupsBelow(parent).sort()).toEqual(before)
    for (const [, pid] of other.said.map((one) => [one, one.pid] as const)) {
      if (pid !== undefined) expect(isAlive(Number(pid))).toBe(true)
    }
    expect([isAlive(free), isAlive(own.pid)]).toEqual([true, true])
  })

  test('an exec whose keepers died is ended, and its container goes on', async () => {
    const place = newPlace()
    const mark = newMark()
    const first = await place.runtime()
    const { pid } = await first.start(
      suite.command(['sleep', '1000'], { id: 'host', rootfs: { type: 'host' } }),
      DETACHED,
    )
    await first.close()
    const node = place.node({
      recover: ['host'],
      exec: { id: 'host', process: { args: ['setpriv', '--pdeathsig', 'clear', 'sleep', mark] } },
    })
    const said = await node.says('exec')
    await until('it runs', () => sleepers(mark).length === 1)
    await killAtOnce(node, [Number(said.exec)])
    expect(sleepers(mark)).toHaveLength(1)
    const runtime = await place.runtime()
    const report = await runtime.sweep()
    expect([kinds(report), report.problems]).toEqual([['cgroup', 'file'], []])
    expect([sleepers(mark), isAlive(pid)]).toEqual([[], true])
    const container = await recovered(runtime, 'host')
    expect(container.status).toBe('running')
  })

  test('a start that was not finished is undone', async () => {
    const place = newPlace()
    const runtime = await place.runtime()
    const folder = join(place.stateDir, 'containers')
    await runtime.start(idle('whole'), DETACHED)
    const state = readFileSync(join(folder, 'whole/state.json'), 'utf8')
    const { nonce } = JSON.parse(state) as { nonce: string }
    // as a kill between the folder and the helper leaves it, and one while the folder was made
    mkdirSync(join(folder, 'begun'), { mode: 0o700 })
    const other = state.replaceAll('whole', 'begun').replaceAll(nonce, 'feedfacefeedface')
    writeFileSync(join(folder, 'begun/state.json'), other)
    for (const name of ['lock', 'record']) writeFileSync(join(folder, 'begun', name), '')
    mkdirSync(join(folder, '.00112233aabbccdd-1-1'))
    writeFileSync(join(folder, '.00112233aabbccdd-1-1/lock'), '')
    writeFileSync(join(place.stateDir, 'owners/.0123456789abcdef'), '')
    const { removed, problems } = await runtime.sweep()
    expect(removed.map(({ name }) => name).sort()).toEqual(
      ['.00112233aabbccdd-1-1', 'begun'].map((name) => join(folder, name)),
    )
    expect([problems, place.names(), place.owners().length]).toEqual([[], ['whole'], 1])
    expect((await runtime.start(idle('begun'), DETACHED)).status).toBe('running')
  })

  test('what was written before the last boot is forgotten', async () => {
    const place = newPlace()
    const runtime = await place.runtime()
    await runtime.start(idle('now'), DETACHED)
    const folder = join(place.stateDir, 'containers')
    const state = JSON.parse(readFileSync(join(folder, 'now/state.json'), 'utf8')) as { writer: object }
    const past = { ...state, writer: { ...state.writer, bootId: 'another' } }
    mkdirSync(join(folder, 'past'), { mode: 0o700 })
    for (const name of ['lock', 'record', 'status']) writeFileSync(join(folder, 'past', name), 'x')
    writeFileSync(join(folder, 'past/state.json'), JSON.stringify(past))
    writeFileSync(join(place.stateDir, 'owners/0123456789abcdef'), JSON.stringify(past.writer))
    expect((await runtime.detached()).map(({ id }) => id)).toEqual(['now'])
    expect(await runtime.recover()).toEqual([])
    const { removed } = await runtime.sweep()
    expect(removed.map(({ kind }) => kind).sort()).toEqual(['file', 'state'])
    expect(place.names()).toEqual(['now'])
  })

  test('groups without a tag go when they are empty and nobody is making them', async () => {
    const place = newPlace()
    const runtime = await place.runtime()
    await runtime.run(suite.command(['true']))
    const folders = parentFolders(parent)
    const folder = folders.find((path) => path.includes('/pids/')) ?? folders[0] ?? ''
    const empty = join(folder, 'half-made')
    const full = join(folder, 'somebody')
    for (const path of [empty, full]) mkdirSync(path)
    const stranger = await suite.idle()
    writeFileSync(join(full, 'cgroup.procs'), String(stranger.pid))
    expect((await runtime.sweep()).removed).toEqual([{ kind: 'cgroup', name: empty }])
    await stranger.terminate()
    rmdirSync(full)
  })

  test('an owner of another pid namespace is left alone, and that is said', async () => {
    const place = newPlace()
    const mark = newMark()
    const node = place.node({ attached: suite.command(['sleep', mark], { id: 'far' }) }, [
      'unshare',
      '--pid',
      '--fork',
      '--mount-proc',
      '--kill-child',
    ])
    await node.says('attached')
    // else it might see the death of its Node before the kernel ends the namespace, and clean up
    process.kill(monitorOf(sleepers(mark)[0] ?? 0), 'SIGSTOP')
    await node.kill()
    // the kernel ends the namespace, monitor and container with it; only the groups and the file stay
    await until('the file is free', async () => (await (await place.runtime()).sweep()).problems.length === 1)
    const report = await (await place.runtime()).sweep()
    expect(report.removed).toEqual([])
    expect(report.problems).toMatchObject([
      { errno: 'EXDEV', step: expect.stringContaining('pid namespace') },
    ])
    expect(groupsBelow(parent).length).toBeGreaterThan(0)
    for (const name of place.owners()) {
      const file = join(place.stateDir, 'owners', name)
      const text = readFileSync(file, 'utf8').replace(/pid:\[\d+\]/, readlinkSync('/proc/self/ns/pid'))
      writeFileSync(file, text)
    }
    expect((await (await place.runtime()).sweep()).problems).toEqual([])
    expect(groupsBelow(parent)).toEqual([])
  })

  test('a folder that others may use, or that is not this user’s, is refused', async () => {
    const refused = async (stateDir: string) => {
      const runtime = await createRuntime({ driver: native({ cgroupParent: parent, stateDir }) })
      const error = await runtime.start(idle('never'), DETACHED).catch((reason: unknown) => reason)
      const attached = await runtime.run(suite.command(['true']))
      const check = (await runtime.probe()).checks.find(({ name }) => name === 'state-folder')
      await runtime.close()
      return [(error as { code?: unknown }).code, attached.ok, check?.status]
    }
    const make = (name: string) => {
      const path = join(suite.temp, name)
      mkdirSync(path)
      return path
    }
    const open = make('open')
    chmodSync(open, 0o777)
    const foreign = make('foreign')
    chownSync(foreign, 4242, 4242)
    const link = join(suite.temp, 'link')
    symlinkSync(make('target'), link)
    const inner = make('inner')
    mkdirSync(join(inner, 'containers'), { mode: 0o700 })
    chownSync(join(inner, 'containers'), 4242, 4242)
    // without a state to write to, ordinary containers run all the same
    for (const path of [open, foreign, link, inner])
      expect(await refused(path)).toEqual(['EXECD_HOST', true, 'degraded'])
    expect(readdirSync(join(suite.temp, 'target'))).toEqual([])
  })
})
