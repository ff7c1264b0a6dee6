import { expect, test } from '@jest/globals'
import type {
  Command,
  CommandInput,
  ProcessInput,
  ProcessSpec,
  Resources,
  ResourcesInput,
  Rootfs,
} from '../../dist/command/command.js'
import { resolveCommand, resolveProcess, resolveResources } from '../../dist/command/resolve.js'
import type { ErrorCode } from '../../dist/errors/catalog.js'

// The compiler checks this file: what it pins fails the build, not a run.
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const pin = <_T extends true>(): void => undefined

pin<Equal<Command['id'], string>>()
pin<Equal<Command['hostname'], string | null>>()
pin<Equal<Command['process'], ProcessSpec>>()
pin<Equal<Command['resources'], Resources>>()
pin<Equal<Command['rootfs'], Rootfs>>()
pin<Equal<Rootfs['type'], 'directory' | 'overlay' | 'host'>>()
pin<Equal<Extract<Rootfs, { type: 'overlay' }>['lower'], string[]>>()
pin<Equal<Resources['memory']['limit'], number | null>>()
pin<Equal<ProcessSpec['user'], string | null>>()
pin<Equal<ProcessSpec['env'], Record<string, string>>>()
pin<Equal<Command['mounts'][number]['type'], 'bind' | 'tmpfs'>>()
pin<Equal<Command['hooks']['prestart'][number]['timeout'], number>>()
pin<Equal<keyof CommandInput, keyof Command>>()
pin<Equal<Extract<ErrorCode, 'EXECD_UNSUPPORTED'>, 'EXECD_UNSUPPORTED'>>()

test('what the types take is taken', () => {
  const command: CommandInput = {
    rootfs: '/srv/alpine',
    process: { args: ['sh'], user: 1000 },
    resources: { memory: { limit: '64MiB' }, cpu: { cpus: 0.5 } },
    mounts: [{ type: 'bind', source: '/a', destination: '/b' }],
    hooks: { prestart: [{ path: '/x', timeout: '1s' }] },
  }
  const process: ProcessInput = { args: ['ps'] }
  const resources: ResourcesInput = { pids: { limit: 5 } }
  expect(resolveCommand(command).process.user).toBe('1000')
  expect(resolveProcess(process).args).toEqual(['ps'])
  expect(resolveResources(resources).pids.limit).toBe(5)
})

test('what the types refuse is refused', () => {
  const bad: CommandInput[] = [
    // @ts-expect-error rootfs is missing
    { process: { args: ['a'] } },
    // @ts-expect-error args is missing
    { rootfs: '/', process: {} },
    // @ts-expect-error no field of this name
    { rootfs: '/', process: { args: ['a'] }, bogus: 1 },
    // @ts-expect-error no mode of this name
    { rootfs: '/', process: { args: ['a'] }, network: { mode: 'nat' } },
    // @ts-expect-error a number is wanted
    { rootfs: '/', process: { args: ['a'], umask: '022' } },
    // @ts-expect-error a bind has a source
    { rootfs: '/', process: { args: ['a'] }, mounts: [{ type: 'bind', destination: '/b' }] },
  ]
  for (const command of bad) expect(() => resolveCommand(command)).toThrow(/^invalid command/)
})
