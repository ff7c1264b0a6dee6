import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CommandInput, createRuntime, type Runtime } from '@execd/core'
import { type NativeDriver, native, type PoolOptions } from '@execd/native'
import type { Workshop } from '../host/workshop.js'
import { commandFor, DEEDS, live, runIn } from './container.js'
import type { Applet, Subject } from './subject.js'

/** Most commands at a time that a measure starts. */
const AT_ONCE = 64
const REFILL_MS = 500

/** execd's native driver through the public API, with its defaults and two limits. */
export function nativeSubject(): Subject {
  return subject('native', null)
}

/** The same with a pool: each start finds a prepared container, and the pool is filled again before the next sample. */
export function pooledSubject(): Subject {
  return subject('native-pooled', { max: AT_ONCE })
}

function subject(name: string, pool: PoolOptions | null): Subject {
  let driver: NativeDriver
  let runtime: Runtime
  let workshop: Workshop

  const command = (applet: Applet): CommandInput => commandFor(workshop, applet)
  const run = (applet: Applet): Promise<void> => runIn(runtime, command(applet))

  return {
    name,
    deeds: DEEDS,
    passesStreams: true,
    prepare: async (where) => {
      workshop = where
      driver = native({ cgroupParent: `/${workshop.cgroup}`, ...(pool === null ? {} : { pool }) })
      runtime = await createRuntime({ driver })
      await run(['true'])
      const { version } = createRequire(import.meta.url)('@execd/native/package.json') as { version: string }
      return `@execd/native ${version}`
    },
    ready: async (applet) => {
      if (pool !== null) await driver.prepare(command(applet))
    },
    settle: async () => {
      if (pool === null) return
      // what was taken is made anew a little later
      await sleep(REFILL_MS / 50)
      for (const end = performance.now() + REFILL_MS; driver.pool.preparing > 0 && performance.now() < end; )
        await sleep(1)
    },
    run,
    start: async (applet) => live(await runtime.start(command(applet))),
    dispose: async () => runtime?.close(),
  }
}
