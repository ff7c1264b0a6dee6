// docs/reference/support.md and the table in README.md: what each driver enforces, asked of the drivers themselves for the usual kinds of host.
import { row } from './reference-table.mjs'

const V1_FILES = [
  'memory.limit_in_bytes',
  'memory.memsw.limit_in_bytes',
  'memory.soft_limit_in_bytes',
  'memory.swappiness',
  'memory.oom_control',
  'cpu.shares',
  'cpu.cfs_quota_us',
  'cpu.cfs_period_us',
  'cpuset.cpus',
  'cpuset.mems',
  'pids.max',
  'devices.allow',
  'devices.deny',
  'blkio.weight',
  'blkio.bfq.weight',
  'blkio.bfq.weight_device',
  'blkio.weight_device',
  'blkio.throttle.read_bps_device',
  'blkio.throttle.write_bps_device',
  'blkio.throttle.read_iops_device',
  'blkio.throttle.write_iops_device',
]
const V2_FILES = [
  'memory.max',
  'memory.low',
  'memory.high',
  'memory.swap.max',
  'cpu.weight',
  'cpu.max',
  'cpuset.cpus',
  'cpuset.mems',
  'pids.max',
  'io.max',
  'io.weight',
  'io.bfq.weight',
]
const V1_CONTROLLERS = ['memory', 'cpu', 'cpuacct', 'cpuset', 'pids', 'blkio', 'devices', 'freezer']
const V2_CONTROLLERS = ['memory', 'cpu', 'cpuset', 'pids', 'io']

const facts = (privileged) => ({
  arch: 'x64',
  kernel: '6.12.0',
  euid: privileged ? 0 : 1000,
  egid: privileged ? 0 : 1000,
  privileged,
  capabilities: privileged ? (1n << 41n) - 1n : 0n,
  shm: true,
  mqueue: true,
  cgroup: true,
  idMapTools: true,
  subuids: [{ start: 100000, count: 65536 }],
  subgids: [{ start: 100000, count: 65536 }],
  rootEntries: [],
  apparmor: true,
  selinux: true,
  possibleCpus: 4,
})

const cgroups = (version) => ({
  layout: { version, hierarchies: [], others: [], v2: null, own: {} },
  place: {
    version,
    parents: [
      {
        controllers: version === 1 ? V1_CONTROLLERS : V2_CONTROLLERS,
        top: '/sys/fs/cgroup',
        names: ['execd'],
      },
    ],
    unavailable: {},
  },
  missing: null,
  facts: { files: new Set(version === 1 ? V1_FILES : V2_FILES), swapAreas: false, hierarchical: true },
})

const none = {
  layout: { version: 2, hierarchies: [], others: [], v2: null, own: {} },
  place: null,
  missing: {
    reason: 'no cgroup is delegated to this user',
    hint: 'systemd-run --user --scope -p Delegate=yes',
  },
  facts: { files: new Set(), swapAreas: false, hierarchical: true },
}

const hierarchy = (controllers) => ({ controllers, mountPoint: '/sys/fs/cgroup', root: '/', readonly: false })

const USER = {
  name: 'ann',
  uid: 1000,
  gid: 1000,
  idMapTools: true,
  subuids: [{ start: 100000, count: 65536 }],
  subgids: [{ start: 100000, count: 65536 }],
  forbidden: null,
}

const lxcHost = (version, user = null) => ({
  user,
  closed: [],
  layout: {
    version,
    hierarchies: version === 1 ? [hierarchy(V1_CONTROLLERS)] : [],
    others: [],
    v2: version === 1 ? null : hierarchy(V2_CONTROLLERS),
    own: {},
  },
  facts: cgroups(version).facts,
  apparmor: true,
  selinux: true,
  overlay: true,
  seccomp: true,
  init: '/usr/sbin/init.lxc.static',
  terminals: true,
})

const ociHost = (version) => ({
  root: true,
  cgroups: cgroups(version),
  apparmor: true,
  selinux: true,
  overlay: true,
  seccomp: true,
})

/** The kinds of host that the tables show for each driver: heading and what the driver would find there. */
const HOSTS = {
  native: [
    ['root, cgroup v2', { facts: facts(true), cgroups: cgroups(2) }],
    ['root, cgroup v1', { facts: facts(true), cgroups: cgroups(1) }],
    ['user, delegated v2', { facts: facts(false), cgroups: cgroups(2) }],
    ['user, no cgroup', { facts: facts(false), cgroups: none }],
  ],
  lxc: [
    ['root, cgroup v2', lxcHost(2)],
    ['root, cgroup v1', lxcHost(1)],
    ['user, delegated v1', lxcHost(1, USER)],
  ],
  oci: [
    ['root, cgroup v2', ociHost(2), 'runc'],
    ['root, cgroup v1', ociHost(1), 'runc'],
    ['root with crun, cgroup v2', ociHost(2), 'crun'],
    ['root with crun, cgroup v1', ociHost(1), 'crun'],
  ],
}

/** What a driver does of a group of fields. */
function mark(supports) {
  const done = supports.filter((support) => support === true).length
  if (done === supports.length) return 'yes'
  return done === 0 ? 'refused' : 'in part'
}

/** A driver on each of its kinds of host. */
export const columnsOf = ([driver, capabilitiesOf]) =>
  HOSTS[driver].map(([name, ...host]) => ({ driver, name, ...capabilitiesOf(...host) }))

/** The full page. `drivers` has each driver's pure function from a host to its capabilities; `keys` every field there is. */
export function supportPage(drivers, keys) {
  const sections = Object.entries(drivers).map((entry) => driverSection(entry[0], columnsOf(entry), keys))
  return `# What is enforced

Written from the drivers by \`scripts/generate-docs.mjs\`; do not edit. Each field either takes effect or is refused before anything starts, with the reason.
On a real host the answer is \`(await runtime.capabilities()).fields\`.

${sections.join('\n')}
${differences(drivers, keys)}`
}

/** Where drivers differ on the same kind of host, and the rules that they declare exceptions from, each with its reason. */
function differences(drivers, keys) {
  const names = Object.keys(drivers)
  const columns = Object.entries(drivers).flatMap(columnsOf)
  const hosts = [...new Set(columns.map(({ name }) => name))]
    .map((host) => columns.filter(({ name }) => name === host))
    .filter((same) => same.length === names.length)
  const reasonOf = (support) => (support === true ? 'yes' : `refused: ${support?.reason ?? 'not known'}`)
  const rows = hosts.flatMap((same) => {
    const lines = (kind, all) =>
      all
        .filter((key) => new Set(same.map((one) => one[kind][key] === true)).size > 1)
        .map((key) => ({ key, host: same[0].name, cells: same.map((one) => reasonOf(one[kind][key])) }))
    return [...lines('fields', keys), ...lines('verbs', Object.keys(same[0].verbs))]
  })
  const merged = new Map()
  for (const { key, host, cells } of rows) {
    const line = row([`\`${key}\``, ...cells])
    merged.set(line, [...(merged.get(line) ?? []), host])
  }
  const table = [...merged].map(
    ([line, found]) => `${line}${found.length === hosts.length ? '' : ` ${found.join('; ')}`} |`,
  )
  const exceptions = columns
    .flatMap(({ driver, exceptions: all = {} }) =>
      Object.entries(all).map(([id, { reason }]) => row([`\`${id}\``, driver, reason])),
    )
    .filter((line, index, all) => all.indexOf(line) === index)
  return `## Where the drivers differ

As root, on the same host. The last column names the hosts when it is not so on all.

${row(['field or verb', ...names, 'only on'])}
${row(['---', ...names.map(() => '---'), '---'])}
${table.join('\n')}

Rules of [the contract](../drivers/contract.md#exceptions) that a driver does not wholly keep, by their names in the conformance kit:

${row(['rule', 'driver', 'what differs, and why'])}
${row(['---', '---', '---'])}
${exceptions.join('\n')}
`
}

function driverSection(driver, columns, keys) {
  const notes = []
  const cell = (support) => {
    if (support === true) return 'yes'
    const text = support === undefined ? 'the driver does not know this field' : support.reason
    if (!notes.includes(text)) notes.push(text)
    return `refused [${notes.indexOf(text) + 1}]`
  }
  const head = ['field', ...columns.map(({ name }) => name)]
  const fields = keys.map((key) => row([`\`${key}\``, ...columns.map(({ fields: all }) => cell(all[key]))]))
  const verbNames = Object.keys(columns[0].verbs)
  const verbs = verbNames.map((verb) =>
    row([`\`${verb}\``, ...columns.map(({ verbs: all }) => cell(all[verb]))]),
  )
  return `## @execd/${driver}

${row(head)}
${row(head.map(() => '---'))}
${fields.join('\n')}

### Verbs of ${driver}

${row(['verb', ...head.slice(1)])}
${row(head.map(() => '---'))}
${verbs.join('\n')}

### Reasons of ${driver}

${notes.map((note, index) => `${index + 1}. ${note}`).join('\n')}
`
}

const GROUPS = [
  ['root file systems: folder, overlay, the host read-only', (key) => key.startsWith('rootfs')],
  [
    'private namespaces, user and group maps',
    (key) => /^namespaces\.\w+=(private|auto)$/.test(key) || key.endsWith('Mappings'),
  ],
  [
    'memory, cpu and pids limits',
    (key) => ['resources.memory.limit', 'resources.cpu.quota', 'resources.pids.limit'].includes(key),
  ],
  ['block I/O limits', (key) => key.startsWith('resources.blockIO.throttle')],
  [
    'mounts, masked and read-only paths',
    (key) => key.startsWith('mounts') || key === 'maskedPaths' || key === 'readonlyPaths',
  ],
  [
    'capabilities, seccomp, no new privileges',
    (key) =>
      key.startsWith('process.capabilities') ||
      key.startsWith('seccomp') ||
      key === 'process.noNewPrivileges',
  ],
  ['devices', (key) => key.startsWith('devices')],
  ['network: none, host', (key) => key === 'network.mode=none' || key === 'network.mode=host'],
  ['network interfaces', (key) => key === 'network.interfaces'],
]

/** The short table of README.md. */
export function supportSummary(drivers, keys) {
  const columns = Object.entries(drivers).flatMap(columnsOf)
  const lines = GROUPS.map(([label, belongs]) => {
    const own = keys.filter(belongs)
    return row([label, ...columns.map(({ fields }) => mark(own.map((key) => fields[key])))])
  })
  const head = ['what', ...columns.map(({ driver, name }) => `${driver}: ${name}`)]
  return [row(head), row(head.map(() => '---')), ...lines].join('\n')
}
