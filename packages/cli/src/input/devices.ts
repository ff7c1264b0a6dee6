import { type Stats, statSync } from 'node:fs'
import type { Given } from '../table/types.js'
import { UsageError } from '../usage-error.js'
import { compact } from './compact.js'
import { numeric } from './words.js'

/** The devices of --device and --device-cgroup-rule. */
export function devicesOf(given: Given): object | undefined {
  return compact({
    allowed: given.texts('device-cgroup-rule').map(rule),
    created: given.texts('device').map(created),
  })
}

function rule(text: string) {
  const [, type, major, minor, access] = /^([abc]) (\d+|\*):(\d+|\*) ([rwm]+)$/.exec(text) ?? []
  if (type === undefined)
    throw new UsageError(`--device-cgroup-rule: wanted "c MAJOR:MINOR rwm", got ${JSON.stringify(text)}`)
  return { type, major: numberOrAny(major), minor: numberOrAny(minor), access }
}

function numberOrAny(text: string | undefined): number | null {
  return text === undefined || text === '*' ? null : Number(text)
}

/** HOST[:CONTAINER[:rwm]], as Docker has it; HOST:rwm too. */
function created(text: string) {
  const [host = '', second, third] = text.split(':')
  const onlyAccess = third === undefined && second !== undefined && /^[rwm]+$/.test(second)
  const path = onlyAccess || second === undefined ? host : second
  const access = onlyAccess ? second : third
  if (path === host) return compact({ path, access })
  const { type, major, minor } = deviceAt('device', host)
  return compact({ path, type, major, minor, access })
}

/** The limits of block devices that options of the form DEVICE:VALUE say. */
export function blockLimits(given: Given, option: string, key: 'rate' | 'weight'): object[] {
  return given.texts(option).map((text) => {
    const at = text.lastIndexOf(':')
    if (at === -1)
      throw new UsageError(`--${option}: wanted DEVICE:${key.toUpperCase()}, got ${JSON.stringify(text)}`)
    const { major, minor } = deviceAt(option, text.slice(0, at))
    return { major, minor, [key]: numeric(text.slice(at + 1)) }
  })
}

function deviceAt(option: string, path: string): { type: 'b' | 'c'; major: number; minor: number } {
  const stats = statOf(option, path)
  if (!stats.isBlockDevice() && !stats.isCharacterDevice())
    throw new UsageError(`--${option}: ${path} is no device`)
  return { type: stats.isBlockDevice() ? 'b' : 'c', ...numbersOf(stats.rdev) }
}

function statOf(option: string, path: string): Stats {
  try {
    return statSync(path)
  } catch {
    throw new UsageError(`--${option}: there is no ${path}`)
  }
}

/** As glibc's major(3) and minor(3), for numbers below 2^44. Pure. */
export function numbersOf(rdev: number): { major: number; minor: number } {
  return {
    major: Math.floor(rdev / 256) % 4096,
    minor: (rdev % 256) + Math.floor(rdev / 2 ** 20) * 256,
  }
}
