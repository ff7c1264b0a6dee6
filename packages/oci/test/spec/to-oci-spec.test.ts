import { resolveCommand } from '@execd/core/driver'
import { type OciSpecOptions, toOciSpec } from '@execd/oci'
import { describe, expect, test } from '@jest/globals'
import { command } from '../support/command.js'
import { EVERYTHING, PROCESS } from '../support/everything.js'
import { schemaErrors } from '../support/schema.js'

const OPTIONS: OciSpecOptions = { arch: 'x64', kernel: '6.1.0' }
const spec = (parts: object = {}, process: object = {}, options: OciSpecOptions = {}) =>
  toOciSpec(command(parts, process), { ...OPTIONS, ...options })

describe('the official schema', () => {
  test.each<[string, object, object, OciSpecOptions]>([
    ['a small command', {}, {}, {}],
    ['every field', EVERYTHING, PROCESS, {}],
    ['version 1.1', EVERYTHING, PROCESS, { ociVersion: '1.1.0' }],
    ['privileged', {}, { privileged: true }, {}],
    ['an overlay that is mounted', { rootfs: { type: 'overlay', lower: '/a' } }, {}, { root: '/mnt' }],
    [
      'shared namespaces',
      {
        namespaces: { pid: 'host', ipc: { container: 'x' }, uts: { path: '/proc/1/ns/uts' }, cgroup: 'host' },
        network: { mode: 'container', container: 'x' },
      },
      {},
      { shared: { ipc: '/proc/7/ns/ipc', network: '/proc/7/ns/net' }, cgroupsPath: null },
    ],
  ])('holds for %s', (_name, parts, process, options) => {
    expect(schemaErrors(spec(parts, process, options))).toEqual([])
  })

  test('finds what is wrong', () => {
    const good = spec()
    expect(schemaErrors({ ...good, root: {} } as never)).not.toEqual([])
    expect(schemaErrors({ ...good, linux: { ...good.linux, maskedPaths: 1 } } as never)).not.toEqual([])
    expect(
      schemaErrors({ ...good, process: { ...good.process, rlimits: [{ type: 'NOFILE' }] } } as never),
    ).not.toEqual([])
  })
})

describe('what the specification has no words for', () => {
  test.each<[string, string, object, object]>([
    ['init', 'EXECD_UNSUPPORTED', { init: true }, {}],
    [
      'network.mode',
      'EXECD_UNSUPPORTED',
      { network: { mode: 'bridge', interfaces: [{ bridge: 'b0' }] } },
      {},
    ],
    ['namespaces.ipc', 'EXECD_NAMESPACE', { namespaces: { ipc: { container: 'x' } } }, {}],
    ['network.container', 'EXECD_NAMESPACE', { network: { mode: 'container', container: 'x' } }, {}],
    ['namespaces.user', 'EXECD_UNSUPPORTED', { namespaces: { user: 'private' } }, {}],
    ['root', 'EXECD_INVALID_OPTION', { rootfs: { type: 'host' } }, {}],
    ['process.user', 'EXECD_UNSUPPORTED', {}, { user: 'bob' }],
    ['process.additionalGroups', 'EXECD_UNSUPPORTED', {}, { additionalGroups: ['audio'] }],
    ['devices.created[0]', 'EXECD_UNSUPPORTED', { devices: { created: [{ path: '/dev/fuse' }] } }, {}],
  ])('%s is refused: %s', (path, code, parts, process) => {
    expect(() => spec(parts, process)).toThrow(
      expect.objectContaining({ code, hint: expect.any(String), details: expect.objectContaining({ path }) }),
    )
  })

  test('a command that was resolved elsewhere is enough', () => {
    const given = JSON.parse(JSON.stringify(resolveCommand({ rootfs: '/r', process: { args: ['a'] } })))
    expect(schemaErrors(toOciSpec(given))).toEqual([])
  })
})
