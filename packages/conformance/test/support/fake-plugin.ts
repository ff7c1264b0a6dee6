import { FakeDriver } from '@execd/conformance/fake'
import { defineDriver } from '@execd/core/driver'

/** The fake driver as a package would export it; `umask: false` in the options makes it ignore that field. */
const plugin = defineDriver<{ umask?: boolean; state?: string }>({
  name: 'fake',
  apiVersion: 1,
  create: (options) =>
    options?.umask === false ? new IgnoresUmask() : new FakeDriver({ state: options?.state }),
})

class IgnoresUmask extends FakeDriver {
  override run(...[command, options]: Parameters<FakeDriver['run']>): ReturnType<FakeDriver['run']> {
    return super.run({ ...command, process: { ...command.process, umask: 0o022 } }, options)
  }
}

export { plugin as default }
