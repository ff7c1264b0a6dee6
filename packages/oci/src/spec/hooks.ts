import type { Command } from '@execd/core/driver'
import { withoutEmpty } from './json.js'
import type { OciHook, OciSpec } from './oci-types.js'

const MS_PER_SECOND = 1000

function toOciHook({ path, args, env, timeout }: Command['hooks']['prestart'][number]): OciHook {
  return withoutEmpty({
    path,
    args,
    env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    timeout: Math.max(1, Math.ceil(timeout / MS_PER_SECOND)),
  })
}

/** The hook programs of the command; undefined for none. */
export function toOciHooks({ hooks }: Command): OciSpec['hooks'] {
  const all = withoutEmpty({
    prestart: hooks.prestart.map(toOciHook),
    poststart: hooks.poststart.map(toOciHook),
    poststop: hooks.poststop.map(toOciHook),
  })
  return Object.keys(all).length === 0 ? undefined : all
}
