import { ruleContext, type SeccompProfile } from '@execd/linux/seccomp'
import { describe, expect, test } from '@jest/globals'
import { layoutOf, parseCgroupMounts } from '../dist/host/cgroups.js'
import { ociConfig } from '../dist/subjects/oci-bundle.js'
import { ociSeccomp } from '../dist/subjects/oci-seccomp.js'

const PROFILE: SeccompProfile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: 1,
  archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
  syscalls: [
    { names: ['read'], action: 'SCMP_ACT_ALLOW' },
    { names: ['chroot'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_CHROOT'] } },
    { names: ['bpf'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } },
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38, excludes: { caps: ['CAP_SYS_ADMIN'] } },
    { names: ['arm_call'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['arm64'] } },
  ],
}

describe('ociSeccomp', () => {
  const resolved = ociSeccomp(PROFILE, ruleContext('x64', ['CAP_SYS_CHROOT'], '6.1.0')) as {
    architectures: string[]
    syscalls: Array<{ names: string[] }>
  }

  test('keeps the rules whose conditions hold, and no condition', () => {
    expect(resolved.syscalls.flatMap(({ names }) => names)).toEqual(['read', 'chroot', 'clone3'])
    expect(JSON.stringify(resolved)).not.toMatch(/includes|excludes/)
  })

  test('names the architecture with those it can also run', () => {
    expect(resolved.architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'])
  })
})

describe('ociConfig', () => {
  const workshop = { folder: '/t', rootfs: '/t/rootfs', cgroup: 'execd-bench-1', layout: 'v2' } as const
  const config = ociConfig(workshop, ['true'], 'c1') as {
    process: { noNewPrivileges: boolean; args: string[] }
    linux: {
      cgroupsPath: string
      namespaces: Array<{ type: string }>
      resources: object
      seccomp: { syscalls: Array<{ names: string[] }> }
    }
  }

  test('asks a peer for the work that execd does', () => {
    expect(config.process).toMatchObject({ noNewPrivileges: true, args: ['/bin/busybox', 'true'] })
    expect(config.linux.namespaces.map(({ type }) => type).sort()).toEqual([
      'cgroup',
      'ipc',
      'mount',
      'network',
      'pid',
      'uts',
    ])
    expect(config.linux.resources).toMatchObject({ memory: { limit: 67108864 }, pids: { limit: 32 } })
    expect(config.linux.seccomp.syscalls.flatMap(({ names }) => names).length).toBeGreaterThan(300)
  })

  test('stays in the cgroup of the bench', () => {
    expect(config.linux.cgroupsPath).toBe('/execd-bench-1/c1')
  })
})

describe('parseCgroupMounts', () => {
  const V1 = '30 29 0:26 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu'
  const V2 = '40 29 0:40 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw'
  const OTHER = '20 1 0:20 / /proc rw,nosuid - proc proc rw'

  test('finds the hierarchies and no other mounts', () => {
    expect(parseCgroupMounts([OTHER, V1, V2, ''].join('\n'))).toEqual([
      { path: '/sys/fs/cgroup/cpu', type: 'cgroup' },
      { path: '/sys/fs/cgroup/unified', type: 'cgroup2' },
    ])
  })

  test.each([
    [[V1], 'v1'],
    [[V1, V2], 'hybrid'],
    [[V2], 'v2'],
    [[OTHER], 'none'],
  ])('tells layouts apart', (lines, layout) => {
    expect(layoutOf(parseCgroupMounts(lines.join('\n')))).toBe(layout)
  })
})
