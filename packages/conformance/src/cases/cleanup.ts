import { readFileSync } from 'node:fs'
import type { Case } from '../case.js'
import type { CaseContext } from '../context.js'
import { rejection, same } from '../expect.js'
import { children, descriptors } from '../host/processes.js'
import { until } from '../host/wait.js'
import type { KitOptions } from '../options.js'

const ROUNDS = 4

/** A bit of everything, as often as asked. */
async function use({ run, start, exec, capabilities }: CaseContext, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await run('cat; echo err >&2', {}, { input: 'word' })
    await run('sleep 60', {}, { timeout: 30 }).catch(() => {})
    const container = await start('read line')
    if (capabilities.verbs.exec === true)
      await (await exec(container, 'true', {}, { stdio: 'ignore' })).wait()
    await container.terminate()
    for (const stream of [container.stdout, container.stderr]) stream?.destroy()
  }
}

async function fail({ run }: CaseContext, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) await rejection(run(['/bin/kit-no-such-program']))
}

/** Descriptors of which there are more than before. */
function more(before: ReadonlyMap<string, number>): string[] {
  return [...descriptors()].flatMap(([kind, count]) => {
    const grown = count - (before.get(kind) ?? 0)
    return grown > 0 ? [`${grown} more of ${kind}`] : []
  })
}

async function noMore(before: ReadonlyMap<string, number>): Promise<void> {
  await until('', () => more(before).length === 0, 2000).catch(() => {})
  same(more(before), [], 'descriptors that were not closed')
}

function mountsOf(folder: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(folder))
}

/** That nothing is left behind. */
export function cleanupCases({ leftovers }: Pick<KitOptions, 'leftovers'>): readonly Case[] {
  const always: readonly Case[] = [
    {
      id: 'cleanup.descriptors',
      title: 'after runs, time-outs and terminations no descriptor is left open here',
      async run(context) {
        await use(context, 1)
        const before = descriptors()
        await use(context, ROUNDS)
        await noMore(before)
      },
    },
    {
      id: 'cleanup.descriptors-failed',
      title: 'after starts that failed no descriptor is left open here',
      async run(context) {
        await fail(context, 1)
        const before = descriptors()
        await fail(context, ROUNDS)
        await noMore(before)
      },
    },
    {
      id: 'cleanup.children',
      title: 'no child of this process is left, not even one that has ended and was not waited for',
      async run(context) {
        await use(context, 1)
        await fail(context, 1)
        const before = children()
        await use(context, ROUNDS)
        await fail(context, ROUNDS)
        const left = (): number[] => children().filter((pid) => !before.includes(pid))
        await until('', () => left().length === 0, 2000).catch(() => {})
        same(left(), [], 'children that are left')
      },
    },
    {
      id: 'cleanup.mounts',
      title: 'no mount of the root file system is left on this host',
      async run(context) {
        const before = mountsOf(context.rootfs)
        await use(context, 2)
        await fail(context, 1)
        same(mountsOf(context.rootfs), before, 'mounts')
      },
    },
  ]
  if (leftovers === undefined) return always
  return [
    ...always,
    {
      id: 'cleanup.leftovers',
      title: "nothing is left of what the driver's author looks for",
      async run(context) {
        await use(context, 2)
        await fail(context, 2)
        await context.runtime.close()
        same([...(await leftovers())], [], 'left behind')
      },
    },
  ]
}
