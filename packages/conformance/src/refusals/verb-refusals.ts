import assert from 'node:assert/strict'
import type { OptionalVerb } from '@execd/core'
import { resolveProcess, resolveResources } from '@execd/core/driver'
import type { CaseContext } from '../context.js'
import { rejection, same } from '../expect.js'

const PIPES = { stdin: { type: 'pipe' }, stdout: { type: 'pipe' }, stderr: { type: 'pipe' } } as const
const SIZE = { height: 30, width: 90 }

/** Asks the runtime, then the driver itself, with a container that runs; both must refuse, and the container must not notice. */
function asked(
  name: string,
  ofRuntime: ((context: CaseContext & Running) => Promise<unknown>) | null,
  ofDriver: (context: CaseContext & Running) => Promise<unknown>,
) {
  return async (context: CaseContext): Promise<void> => {
    const container = await context.start('read line; exit 3', { id: `kit-${name}` })
    const running = { ...context, container, id: container.id }
    if (ofRuntime !== null) await rejection(ofRuntime(running), 'EXECD_UNSUPPORTED')
    await rejection(ofDriver(running), 'EXECD_UNSUPPORTED')
    assert.equal(container.status, 'running')
    container.stdin?.end('go\n')
    assert.equal((await container.wait()).exitCode, 3)
  }
}

interface Running {
  readonly container: Awaited<ReturnType<CaseContext['start']>>
  readonly id: string
}

/** What is refused by a driver without the verb. */
export const VERB_REFUSALS: Readonly<Record<OptionalVerb, (context: CaseContext) => Promise<void>>> = {
  exec: asked(
    'exec',
    ({ container, exec }) => exec(container, ['/bin/true']),
    ({ driver, id }) =>
      driver.exec(id, 'kit-exec-id', resolveProcess({ args: ['/bin/true'] }), {
        io: PIPES,
        resources: null,
        oom: () => {},
      }),
  ),
  pause: asked(
    'pause',
    ({ container }) => container.pause(),
    ({ driver, id }) => driver.pause(id),
  ),
  stats: asked(
    'stats',
    ({ container }) => container.stats(),
    ({ driver, id }) => driver.stats({ id }),
  ),
  update: asked(
    'update',
    ({ container }) => container.update({}),
    ({ driver, id }) => driver.update(id, resolveResources({})),
  ),
  // The runtime refuses earlier: the process has no terminal.
  resize: asked('resize', null, ({ driver, id }) => driver.resize({ id }, SIZE)),
  recover: asked(
    'recover',
    ({ runtime }) => runtime.recover(),
    ({ driver }) => driver.recover(),
  ),
  sweep: asked(
    'sweep',
    ({ runtime }) => runtime.sweep(),
    ({ driver }) => driver.sweep(),
  ),
  async rotate({ start, runtime }) {
    const stdio = { stdout: { file: '/nowhere/out', maxSize: '1MiB' } }
    await rejection(start(['/bin/true'], {}, { stdio }), 'EXECD_UNSUPPORTED')
    same(runtime.list().length, 0, 'containers in the list')
  },
  async execResources(context) {
    const { start, exec, capabilities } = context
    if (capabilities.verbs.exec !== true) return
    const container = await start('read line; exit 3')
    const resources = { pids: { limit: 10 } }
    await rejection(exec(container, ['/bin/true'], {}, { resources }), 'EXECD_UNSUPPORTED')
    container.stdin?.end('go\n')
    assert.equal((await container.wait()).exitCode, 3)
  },
  async detach({ start, runtime }) {
    await rejection(start(['/bin/true'], {}, { detached: true, stdio: 'ignore' }), 'EXECD_UNSUPPORTED')
    same(runtime.list().length, 0, 'containers in the list')
  },
  async prestart({ start, runtime }) {
    let called = 0
    const prestart = (): void => {
      called += 1
    }
    await rejection(start(['/bin/true'], {}, { hooks: { prestart } }), 'EXECD_UNSUPPORTED')
    const hooks = { prestart: [{ path: '/bin/true' }] }
    await rejection(
      runtime.run({ rootfs: { type: 'host' }, process: { args: ['/bin/true'] }, hooks }),
      'EXECD_UNSUPPORTED',
    )
    assert.equal(called, 0, 'prestart was called')
    same(runtime.list().length, 0, 'containers in the list')
  },
}
