import { posix } from 'node:path'

const { dirname, join } = posix

/** Layers of core, the upper ones first: a layer imports those of its own row only where it says so, and those below. */
const CORE_LAYERS = {
  plugin: ['lifecycle', 'contract', 'command', 'errors', 'util'],
  lifecycle: ['contract', 'command', 'errors', 'util'],
  contract: ['command', 'errors', 'util'],
  command: ['errors', 'util'],
  util: ['errors'],
  errors: [],
}

/** Folders of native that only decide: no system call, no process. */
const OUTSIDE = /^node:(fs|child_process|net|worker_threads|dgram|http|https)(\/|$)/
const PURE = {
  isolation: OUTSIDE,
  plan: OUTSIDE,
  seccomp: OUTSIDE,
}
/** Folders of linux, each an entry of its own, with the others that it may import. */
const LINUX_LAYERS = {
  cgroup: ['errno', 'mounts', 'proc', 'wait'],
  devices: [],
  kernel: [],
  proc: ['errno'],
  errno: [],
  mounts: [],
  programs: [],
  rootfs: [],
  seccomp: [],
  users: ['rootfs'],
  wait: [],
}

const FFI_FILE = 'packages/native/src/sys/linux.ts'

const DRIVERS = ['native', 'lxc', 'oci']
const RUNTIME_DEPENDENCIES = {
  core: ['zod'],
  linux: ['@execd/core'],
  native: ['@execd/core', '@execd/linux', 'koffi'],
  lxc: ['@execd/core', '@execd/linux', 'execa'],
  oci: ['@execd/core', '@execd/linux'],
  conformance: ['@execd/core', '@execd/linux'],
  cli: ['@execd/core', '@execd/conformance', 'yaml'],
}
/** What only the tests of a package import. */
const TEST_DEPENDENCIES = {
  oci: ['ajv', 'ajv-draft-04'],
  // In the text of programs that are written into projects.
  'install-tests': ['@execd/core', '@execd/native'],
}
/** What the package that `npm create execd-driver` makes may import, as anybody's driver. */
const TEMPLATE_MODULES = ['@execd/core', '@execd/conformance']
const TEST_MODULES = ['@jest/globals', '@execd/test-support', '@execd/conformance']

/** Why a file may not import a module, or undefined when it may. Paths are relative to the root. */
export function violation(file, specifier) {
  const [top, name, area] = file.split('/')
  const home = top === 'bench' || top === 'scripts' ? top : `${top}/${name}`
  if (specifier.startsWith('.')) return relativeViolation(file, home, specifier)
  // Types that only the compiler reads, for the blocks of the documentation.
  if (file.startsWith('scripts/lib/snippets/')) return undefined
  if (top === 'scripts')
    return specifier.startsWith('node:') ? undefined : 'scripts run on bare Node: node: modules only'
  if (/^@execd\/[^/]+\/(dist|src|test)\b/.test(specifier))
    return 'a deep import: use what the package exports'
  if (specifier.startsWith('node:')) {
    const layer = layerOf(file, home)
    const pure = home === 'packages/native' && layer in PURE && PURE[layer].test(specifier)
    return pure ? `${layer}/ is pure: no ${specifier}` : undefined
  }
  if (top !== 'packages' || name === 'test-support') return undefined
  if (area === 'template') return templateViolation(file, specifier)
  if (area === 'test') return testViolation(name, packageOf(specifier))
  return sourceViolation(file, name, packageOf(specifier))
}

function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function relativeViolation(file, home, specifier) {
  const target = join(dirname(file), specifier)
  if (!target.startsWith(`${home}/`)) return 'a relative import leaves its package: use the published name'
  const from = layerOf(file, home)
  const to = layerOf(target, home)
  if (from === undefined || to === undefined || from === to) return undefined
  if (home === 'packages/core') {
    const allowed = CORE_LAYERS[from]
    return allowed === undefined || allowed.includes(to) || !(to in CORE_LAYERS)
      ? undefined
      : `${from}/ may import ${allowed.join(', ') || 'nothing'}, not ${to}/`
  }
  if (home === 'packages/linux') {
    const allowed = LINUX_LAYERS[from] ?? []
    return allowed.includes(to)
      ? undefined
      : `${from}/ may import ${allowed.join(', ') || 'nothing'}, not ${to}/`
  }
  if (home === 'packages/native') {
    if (from === 'sys' && to !== 'linux') return `sys/ is the lowest layer: it may not import ${to}/`
    if (to === 'verbs') return `${from}/ is below verbs/`
    if (from in PURE && to === 'sys') return `${from}/ is pure: it may not import sys/`
  }
  return undefined
}

/** The folder directly below a package's src, or undefined for a file that is in src itself. */
function layerOf(path, home) {
  const parts = path.slice(home.length + 1).split('/')
  return parts[0] === 'src' && parts.length > 2 ? parts[1] : undefined
}

function templateViolation(file, specifier) {
  if (file.includes('/template/test/') && TEMPLATE_MODULES.includes(packageOf(specifier))) return undefined
  if (specifier === '@execd/core/driver') return undefined
  return "a driver imports '@execd/core/driver' only"
}

function testViolation(name, module) {
  const own = name.startsWith('create-') ? name : `@execd/${name}`
  const allowed = [
    own,
    ...TEST_MODULES,
    ...(RUNTIME_DEPENDENCIES[name] ?? []),
    ...(TEST_DEPENDENCIES[name] ?? []),
  ]
  return allowed.includes(module)
    ? undefined
    : `a test of ${name} may import ${allowed.join(', ')}, not ${module}`
}

function sourceViolation(file, name, module) {
  if (module === 'koffi' && file !== FFI_FILE) return `only ${FFI_FILE} may import koffi`
  const drivers = DRIVERS.map((driver) => `@execd/${driver}`)
  if (drivers.includes(module)) return 'a package never imports a driver: drivers come through the loader'
  const allowed = RUNTIME_DEPENDENCIES[name] ?? []
  return allowed.includes(module)
    ? undefined
    : `${name} may import node: modules, ${allowed.join(', ')}, not ${module}`
}
