import { describe, expect, test } from '@jest/globals'
import {
  nestingCheck,
  overlayCheck,
  procfsCheck,
  userNamespaceCheck,
} from '../../dist/host/namespace-checks.js'
import { engineOf, type Surroundings } from '../../dist/host/surroundings.js'
import type { Outcome, Trials } from '../../dist/host/trials.js'

const OK: Outcome = { worked: true }
const no = (words: string): Outcome => ({ worked: false, words })
const DENIED = no('unshare: unshare failed: Operation not permitted')
const FULL = no('unshare: unshare failed: No space left on device')
const ALL_OK: Trials = { userNamespace: OK, mountNamespace: OK, procfs: OK, overlay: OK }
const ALL_DENIED: Trials = { userNamespace: DENIED, mountNamespace: DENIED, procfs: DENIED, overlay: DENIED }
const PLAIN: Surroundings = {
  ...{
    engine: null,
    maxUserNamespaces: 15000,
    unprivilegedClone: null,
    apparmorRestricts: null,
    filtered: false,
  },
  ...{ coveredProc: [], seccompActions: 'errno', overlayKnown: true },
}

describe('user namespaces', () => {
  test.each<[string, Trials, Partial<Surroundings>, string, RegExp, RegExp | null]>([
    ['all is well', ALL_OK, {}, 'ok', /may make/, null],
    [
      'the limit is 0',
      { ...ALL_OK, userNamespace: FULL, mountNamespace: FULL },
      { maxUserNamespaces: 0 },
      'missing',
      /max_user_namespaces is 0/,
      /sysctl -w user\.max_user_namespaces/,
    ],
    [
      'the limit is reached',
      { ...ALL_OK, userNamespace: FULL, mountNamespace: FULL },
      {},
      'missing',
      /as many .* as are allowed/,
      /lsns/,
    ],
    [
      "Debian's switch",
      ALL_DENIED,
      { unprivilegedClone: 0 },
      'missing',
      /unprivileged_userns_clone is 0/,
      /unprivileged_userns_clone=1/,
    ],
    [
      'AppArmor of Ubuntu 24.04',
      { ...ALL_DENIED, userNamespace: OK },
      { apparmorRestricts: 1 },
      'missing',
      /AppArmor/,
      /apparmor_restrict_unprivileged_userns=0/,
    ],
    ['AppArmor that denies the map', ALL_DENIED, { apparmorRestricts: 1 }, 'missing', /AppArmor/, /userns,/],
    [
      'AppArmor that does not restrict',
      ALL_DENIED,
      { apparmorRestricts: 0 },
      'missing',
      /the kernel, a chroot or an outer sandbox/,
      /root/,
    ],
    [
      "Docker's filter",
      ALL_DENIED,
      { filtered: true, engine: 'Docker' },
      'missing',
      /system call filter/,
      /docker run .*seccomp=unconfined/,
    ],
    [
      'Kubernetes',
      ALL_DENIED,
      { filtered: true, engine: 'Kubernetes' },
      'missing',
      /system call filter/,
      /procMount: Unmasked/,
    ],
    [
      'mounts are forbidden',
      { ...ALL_DENIED, userNamespace: OK },
      {},
      'missing',
      /no mount namespace in it/,
      /sandbox/,
    ],
    [
      'no unshare(1)',
      { userNamespace: null, mountNamespace: null, procfs: null, overlay: null },
      {},
      'degraded',
      /could not be tried/,
      /util-linux/,
    ],
  ])('%s', (_, trials, around, status, reason, hint) => {
    const check = userNamespaceCheck(false, trials, { ...PLAIN, ...around })
    expect(check).toMatchObject({ status, required: true, reason: expect.stringMatching(reason) })
    if (hint === null) expect(check.hint).toBeUndefined()
    else expect(check.hint).toMatch(hint)
  })

  test('are nothing that root needs', () => {
    expect(userNamespaceCheck(true, ALL_DENIED, PLAIN)).toMatchObject({ status: 'ok', required: false })
  })
})

describe('a fresh /proc', () => {
  test('is refused where this one is covered, which is named', () => {
    const around = { ...PLAIN, coveredProc: ['/proc/kcore'], engine: 'Docker' as const }
    expect(procfsCheck({ ...ALL_OK, procfs: DENIED }, around)).toMatchObject({
      status: 'missing',
      reason: expect.stringMatching(/covered: \/proc\/kcore/),
      hint: expect.stringMatching(/systempaths=unconfined/),
    })
    expect(procfsCheck({ ...ALL_OK, procfs: DENIED }, { ...around, engine: null }).hint).toMatch(
      /unmount \/proc\/kcore/,
    )
    expect(procfsCheck(ALL_DENIED, PLAIN).reason).toMatch(/no namespaces/)
    expect(procfsCheck(ALL_OK, around).status).toBe('ok')
  })
})

test('overlays', () => {
  expect(overlayCheck(false, ALL_OK, { ...PLAIN, overlayKnown: false }).status).toBe('ok')
  expect(overlayCheck(false, { ...ALL_OK, overlay: DENIED }, { ...PLAIN, overlayKnown: false }).hint).toMatch(
    /modprobe overlay/,
  )
  expect(overlayCheck(false, { ...ALL_OK, overlay: DENIED }, PLAIN).reason).toMatch(/cannot be mounted/)
  expect(overlayCheck(false, ALL_DENIED, PLAIN).reason).toMatch(/no namespace to mount one in/)
})

test.each([
  [{ kubernetes: true, dockerenv: true }, 'Kubernetes'],
  [{ dockerenv: true }, 'Docker'],
  [{ containerenv: true }, 'Podman'],
  [{ manager: 'lxc' }, 'LXC'],
  [{ manager: 'oci' }, 'another container engine'],
  [{}, null],
] as const)('%j is inside of %s', (signs, engine) => {
  const none = { dockerenv: false, containerenv: false, kubernetes: false, manager: '' }
  expect(engineOf({ ...none, ...signs })).toBe(engine)
  expect(nestingCheck({ ...PLAIN, engine }).reason).toMatch(
    engine === null ? /no signs/ : `container: ${engine}`,
  )
})
