import { resolve } from 'node:path'
import type { Given } from '../table/types.js'
import { UsageError } from '../usage-error.js'
import { compact } from './compact.js'
import { keyed } from './words.js'

const MOUNT_KEYS = {
  type: 'type',
  source: 'source',
  src: 'source',
  destination: 'destination',
  dst: 'destination',
  target: 'destination',
  readonly: 'readonly',
  ro: 'readonly',
  'bind-propagation': 'propagation',
  'bind-nonrecursive': 'nonrecursive',
  'tmpfs-size': 'size',
  'tmpfs-mode': 'mode',
}
const ROOT_KEYS = { lower: 'lower', upper: 'upper', work: 'work', size: 'size' }
const MANAGED = 'volumes with a name belong to an engine; mount a folder: ./data:/data'

/** The root file system that --rootfs and --read-only say; host when neither they nor a file do. Pure but for the working folder. */
export function rootfsOf(given: Given, fromFile: boolean): unknown {
  const text = given.text('rootfs') ?? (fromFile ? undefined : 'host')
  return compact({ ...(text === undefined ? {} : rootOf(text)), readonly: given.flag('read-only') })
}

function rootOf(text: string): Record<string, unknown> {
  const [kind = '', ...more] = text.split(',')
  const isOverlay = kind.startsWith('overlay:')
  if (kind !== 'host' && !isOverlay) return { type: 'directory', path: resolve(text) }
  const words =
    more.length === 0 ? [] : keyed('rootfs', more.join(','), isOverlay ? ROOT_KEYS : { size: 'size' })
  const of = (key: string) => words.filter(([name]) => name === key).map(([, value]) => value)
  const size = of('size').at(-1)
  if (!isOverlay) return { type: 'host', size }
  const [upper, work] = [of('upper').at(-1), of('work').at(-1)]
  const lower = [kind.slice('overlay:'.length), ...of('lower')].map((path) => resolve(path))
  return { type: 'overlay', lower, upper: upper && resolve(upper), work: work && resolve(work), size }
}

/** The mounts of --volume, --mount and --tmpfs, in this order. Pure but for the working folder. */
export function mountsOf(given: Given): unknown[] {
  return [
    ...given.texts('volume').map(volume),
    ...given.texts('mount').map(mount),
    ...given.texts('tmpfs').map(tmpfs),
  ]
}

function volume(text: string) {
  const [source = '', destination, words, ...more] = text.split(':')
  if (destination === undefined || more.length > 0)
    throw new UsageError(`--volume: wanted SOURCE:DESTINATION[:OPTIONS], got ${JSON.stringify(text)}`)
  if (!/^\.{0,2}(\/|$)/.test(source))
    throw new UsageError(
      `--volume: wanted a path as the source, got ${JSON.stringify(source)}`,
      null,
      MANAGED,
    )
  return {
    type: 'bind',
    source: resolve(source),
    destination,
    options: words === undefined ? [] : words.split(','),
  }
}

function mount(text: string) {
  const words = new Map(keyed('mount', text, MOUNT_KEYS))
  const type = words.get('type')
  if (type !== 'bind' && type !== 'tmpfs')
    throw new UsageError(
      `--mount: wanted type=bind or type=tmpfs, got ${JSON.stringify(text)}`,
      null,
      MANAGED,
    )
  const source = words.get('source')
  const options = [...words].flatMap(([key, value]) => mountOption(key, value))
  return compact({
    type,
    source: source === undefined ? undefined : resolve(source),
    destination: words.get('destination') ?? '',
    options,
  })
}

function mountOption(key: string, value: string): string[] {
  if (key === 'readonly') return value === 'true' || value === '1' ? ['ro'] : []
  if (key === 'nonrecursive') return value === 'true' || value === '1' ? ['bind'] : []
  if (key === 'propagation') return [value]
  return key === 'size' || key === 'mode' ? [`${key}=${value}`] : []
}

function tmpfs(text: string) {
  const at = text.indexOf(':')
  if (at === -1) return { type: 'tmpfs', destination: text }
  return { type: 'tmpfs', destination: text.slice(0, at), options: text.slice(at + 1).split(',') }
}
