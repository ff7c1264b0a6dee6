import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect } from '@jest/globals'
import { newMark, sleepers } from './support/host-state.js'
import { bytesOf } from './support/streams.js'
import { driverTests } from './support/suite.js'
import { until } from './support/until.js'

driverTests('prepared containers of a Node that ends', (suite, test) => {
  const nodes = new Set<ChildProcess>()
  afterEach(() => {
    for (const node of nodes) node.kill('SIGKILL')
    nodes.clear()
  })

  const pooledNode = (mark: string, how: string) => {
    const node = spawn(
      process.execPath,
      [fileURLToPath(new URL('./pool-main.js', import.meta.url)), suite.rootfs, suite.parent, mark, how],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    nodes.add(node)
    return node
  }

  test.each<['SIGKILL' | 'SIGTERM' | 'exit']>([['SIGKILL'], ['SIGTERM'], ['exit']])(
    'Node dies (%s): nothing prepared is left',
    async (how) => {
      const mark = newMark()
      const child = pooledNode(mark, 'wait')
      const closed = once(child, 'close')
      const [line] = (await once(child.stdout, 'data')) as [Buffer]
      expect(JSON.parse(String(line)).ready).toBeGreaterThan(0)
      await until('it runs', () => sleepers(mark).length === 1)
      if (how === 'exit') child.stdin.write('exit\n')
      else child.kill(how)
      await closed
      await until('nothing runs', () => sleepers(mark).length === 0)
      await until('no group is left', () => suite.groups().length === 0)
    },
  )

  test('a program that forgets to close ends by itself, and nothing is left', async () => {
    const child = pooledNode('0', 'leave')
    const [output, [code]] = await Promise.all([bytesOf(child.stdout), once(child, 'close')])
    expect({ output: String(output), code }).toEqual({ output: 'ran\n', code: 0 })
    await until('no group is left', () => suite.groups().length === 0)
  })
})
