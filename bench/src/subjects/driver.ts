import { createRequire } from 'node:module'
import { createRuntime, type Runtime } from '@execd/core'
import type { Workshop } from '../host/workshop.js'
import { commandFor, DEEDS, live, runIn } from './container.js'
import type { Subject } from './subject.js'

/** A driver over the tools of others, to be compared with those called by hand. */
export interface DriverRecipe {
  readonly name: string
  /** Name of the driver; its package is @execd/DRIVER. */
  readonly driver: string
  readonly options?: Readonly<Record<string, unknown>>
}

/** What is done for each command is that of the driver with its defaults. */
export function driverSubject({ name, driver, options = {} }: DriverRecipe): Subject {
  let runtime: Runtime
  let workshop: Workshop
  return {
    name,
    deeds: DEEDS,
    passesStreams: true,
    prepare: async (where) => {
      workshop = where
      runtime = await createRuntime({
        driver,
        from: import.meta.url,
        driverOptions: { ...options, cgroupParent: `/${where.cgroup}` },
      })
      await runIn(runtime, commandFor(where, ['true']))
      const manifest = createRequire(import.meta.url)(`@execd/${driver}/package.json`) as { version: string }
      return `@execd/${driver} ${manifest.version}`
    },
    ready: async () => {},
    run: (applet) => runIn(runtime, commandFor(workshop, applet)),
    start: async (applet) => live(await runtime.start(commandFor(workshop, applet))),
    dispose: async () => runtime?.close(),
  }
}
