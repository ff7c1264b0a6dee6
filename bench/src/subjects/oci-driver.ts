import { createRequire } from 'node:module'
import { createRuntime, type Runtime } from '@execd/core'
import type { Workshop } from '../host/workshop.js'
import { commandFor, DEEDS, live, runIn } from './container.js'
import type { Subject } from './subject.js'

/** @execd/oci over a runtime, to be compared with that runtime called by hand. */
export function ociDriverSubject(program: string): Subject {
  let runtime: Runtime
  let workshop: Workshop
  return {
    name: `oci-${program}`,
    deeds: DEEDS,
    passesStreams: true,
    prepare: async (where) => {
      workshop = where
      runtime = await createRuntime({
        driver: 'oci',
        from: import.meta.url,
        driverOptions: { runtime: program, cgroupParent: `/${where.cgroup}` },
      })
      await runIn(runtime, commandFor(where, ['true']))
      const { version } = createRequire(import.meta.url)('@execd/oci/package.json') as { version: string }
      return `@execd/oci ${version}`
    },
    ready: async () => {},
    run: (applet) => runIn(runtime, commandFor(workshop, applet)),
    start: async (applet) => live(await runtime.start(commandFor(workshop, applet))),
    dispose: async () => runtime?.close(),
  }
}
