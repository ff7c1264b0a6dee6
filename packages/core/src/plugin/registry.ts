import type { DriverPlugin } from '../contract/plugin.js'

const KEY = Symbol.for('execd.registry.v1')

type Registry = Map<string, Set<DriverPlugin>>

/** One for the process, whatever number of copies of this package are loaded. */
function registry(): Registry {
  const holder = globalThis as { [KEY]?: Registry }
  holder[KEY] ??= new Map()
  return holder[KEY]
}

/** Adds a plugin under its name. The same plugin twice is one; two of the same name are both kept, and the name alone then finds neither. */
export function register(plugin: DriverPlugin): void {
  const plugins = registry()
  const named = plugins.get(plugin.name) ?? new Set()
  plugins.set(plugin.name, named.add(plugin))
}

/** The plugins registered under a name, in the order they came. */
export function registered(name: string): readonly DriverPlugin[] {
  return [...(registry().get(name) ?? [])]
}
