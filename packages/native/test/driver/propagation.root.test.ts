import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { mounts } from './support/host-state.js'
import { textOf } from './support/streams.js'
import { driverTests, failure, type Part } from './support/suite.js'

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
}

interface Seen {
  readonly inside: boolean
  readonly outside: boolean
}

const KINDS: ReadonlyArray<readonly [string, Seen]> = [
  ['private', { inside: false, outside: false }],
  ['rprivate', { inside: false, outside: false }],
  ['slave', { inside: true, outside: false }],
  ['rslave', { inside: true, outside: false }],
  ['shared', { inside: true, outside: true }],
  ['rshared', { inside: true, outside: true }],
]

driverTests('propagation of mounts', (suite, test) => {
  /** Mounts on both sides and tells which side saw which. */
  async function seen(propagation: string): Promise<Seen> {
    const shared = join(suite.temp, `shared-${propagation}`)
    mkdirSync(shared)
    run('mount', '-t', 'tmpfs', 'execd-test', shared)
    try {
      run('mount', '--make-shared', shared)
      for (const name of ['outer', 'inner']) mkdirSync(join(shared, name))
      return await look(shared, propagation)
    } finally {
      await suite.endAll()
      run('umount', '-R', shared)
    }
  }

  async function look(shared: string, propagation: string): Promise<Seen> {
    const part: Part = {
      process: { capabilities: { add: ['SYS_ADMIN'] } },
      mounts: [{ type: 'bind', source: shared, destination: '/data', options: [propagation] }],
    }
    const script =
      'mount -t tmpfs x /data/inner || exit 1; echo ready; read line; grep -c " /data/outer " /proc/self/mountinfo; read line'
    const container = await suite.runtime.start(suite.script(script, part), { stdio: { stderr: 'ignore' } })
    const output = textOf(container.stdout)
    await new Promise((resolve) => container.stdout?.once('data', resolve))
    run('mount', '-t', 'tmpfs', 'execd-test', join(shared, 'outer'))
    const outside = mounts().some((line) => line.split(' ')[4] === join(shared, 'inner'))
    container.stdin?.end('look\nend\n')
    await container.wait()
    return { inside: (await output).endsWith('1\n'), outside }
  }

  test.each([['slave'], ['rslave'], ['shared'], ['rshared']])(
    '%s of a mount that is private is refused',
    async (propagation) => {
      const source = join(suite.temp, `private-${propagation}`)
      mkdirSync(source)
      run('mount', '-t', 'tmpfs', 'execd-test', source)
      try {
        run('mount', '--make-private', source)
        const mounted = { type: 'bind' as const, source, destination: '/data', options: [propagation] }
        const error = await failure(suite.sh('true', { mounts: [mounted] }))
        expect(error).toMatchObject({
          code: 'EXECD_MOUNT',
          details: { path: 'mounts[0].options', got: propagation.replace(/^r/, '') },
        })
      } finally {
        run('umount', source)
      }
    },
  )

  test.each(KINDS)('%s', async (propagation, wanted) => {
    expect(await seen(propagation)).toEqual(wanted)
  })
})
