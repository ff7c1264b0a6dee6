import { requires } from '@execd/test-support'
import { afterAll, beforeAll, describe, expect } from '@jest/globals'
import { DoctorGround, type Expected, expectNamed, IN_DOCKER, type Report } from '../support/doctor.js'

const { test } = requires('root', 'test-user', 'userns', 'setpriv')
const LONG = 60_000

let ground: DoctorGround
beforeAll(() => {
  ground = new DoctorGround()
}, LONG)
afterAll(() => ground?.leave())

/** What doctor says to an ordinary user in a container of root's, which is as Docker's by default. */
function inside(...flags: string[]): Promise<Report> {
  const { program, folder, user } = ground
  const outer = ['run', '--driver', 'native', '-u', `${user.uid}:${user.gid}`, '-v', `${folder}:${folder}:ro`]
  return ground.run(program, [...outer, ...flags, '--', program, 'doctor', '--json', '--driver', 'native'])
}

const sign = (path: string): string => `--volume=${ground.folder}/empty:${path}:ro`
const NO_FILTER = '--security-opt=seccomp=unconfined'
const WHOLE_PROC = '--security-opt=systempaths=unconfined'

describe('inside a container', () => {
  const FORBIDDEN = /^the system call filter that this process is under forbids user namespaces/
  const COVERED = /^a fresh \/proc cannot be mounted, because parts of this one are covered: \/proc\//
  const rows: ReadonlyArray<readonly [string, () => string[], Expected]> = [
    [
      'a filter of nobody known',
      () => [],
      [
        'user-namespaces',
        'missing',
        FORBIDDEN,
        IN_DOCKER ? /^docker run/ : /outside of the chroot or sandbox/,
        1,
      ],
    ],
    [
      'the filter of Docker',
      () => [sign('/.dockerenv')],
      ['user-namespaces', 'missing', FORBIDDEN, /^docker run --security-opt seccomp=unconfined /, 1],
    ],
    [
      'the filter of Kubernetes',
      () => ['--env=KUBERNETES_SERVICE_HOST=10.0.0.1'],
      ['user-namespaces', 'missing', FORBIDDEN, /seccompProfile: \{type: Unconfined\}/, 1],
    ],
    [
      'the filter of Podman',
      () => [sign('/run/.containerenv')],
      [
        ...(['user-namespaces', 'missing', FORBIDDEN] as const),
        ...([IN_DOCKER ? /^docker run/ : /^podman run --security-opt seccomp=unconfined /, 1] as const),
      ],
    ],
    [
      'the covered /proc of Docker',
      () => [sign('/.dockerenv'), NO_FILTER],
      ['procfs', 'missing', COVERED, /--security-opt systempaths=unconfined/, 1],
    ],
    [
      'the covered /proc of Kubernetes',
      () => ['--env=KUBERNETES_SERVICE_HOST=10.0.0.1', NO_FILTER],
      ['procfs', 'missing', COVERED, /procMount: Unmasked/, 1],
    ],
  ]
  test.each(rows)(
    '%s is named',
    async (_, flags, expected) => expectNamed(await inside(...flags()), expected),
    LONG,
  )

  test(
    'signs of it are told',
    async () => {
      const { checks } = await inside(sign('/.dockerenv'))
      const reason = 'signs of an outer container: Docker, under a system call filter'
      expect(checks.find(({ name }) => name === 'nesting')).toMatchObject({ reason })
    },
    LONG,
  )

  test(
    'with what the guide says for Docker, containers can be run',
    async () => {
      const { status, checks } = await inside(sign('/.dockerenv'), NO_FILTER, WHOLE_PROC)
      expect(checks.find(({ name }) => name === 'container')).toMatchObject({ status: 'ok' })
      expect(status).toBe(0)
    },
    LONG,
  )
})
