/** A rule that allows the use of devices. Null: any number. */
export interface DeviceRule {
  readonly type: 'b' | 'c'
  readonly major: number | null
  readonly minor: number | null
  /** Not empty, a part of "rwm": read, write, make a node. */
  readonly access: string
}

/** A rule as a command has it: type "a" is both kinds. */
export interface DeviceWish {
  readonly type: 'a' | 'b' | 'c'
  readonly major: number | null
  readonly minor: number | null
  readonly access: string
}

/**
 * What every container may use: any node may be made; null, zero, full, random, urandom, tty, ptmx and pts may be used. Not c 5:1, which Docker
 * allows: that is the host's console, while /dev/console of a container is a pseudo-terminal.
 */
const DEFAULT_DEVICE_RULES: readonly DeviceRule[] = [
  { type: 'c', major: null, minor: null, access: 'm' },
  { type: 'b', major: null, minor: null, access: 'm' },
  { type: 'c', major: 1, minor: 3, access: 'rwm' },
  { type: 'c', major: 1, minor: 5, access: 'rwm' },
  { type: 'c', major: 1, minor: 7, access: 'rwm' },
  { type: 'c', major: 1, minor: 8, access: 'rwm' },
  { type: 'c', major: 1, minor: 9, access: 'rwm' },
  { type: 'c', major: 5, minor: 0, access: 'rwm' },
  { type: 'c', major: 5, minor: 2, access: 'rwm' },
  { type: 'c', major: 136, minor: null, access: 'rwm' },
]

/**
 * The rules for a container: the default ones and the wishes (allowed devices, and created ones with the numbers they have).
 * Rules for the same devices are one rule with the access of both, as the v1 controller merges them; what another rule grants
 * already is left out. Everything that no rule allows is denied. Pure.
 */
export function deviceRules(wishes: readonly DeviceWish[]): DeviceRule[] {
  if (wishes.length === 0) return [...DEFAULT_DEVICE_RULES]
  const merged = new Map<string, DeviceRule>()
  for (const wish of [...DEFAULT_DEVICE_RULES, ...wishes]) {
    for (const type of wish.type === 'a' ? (['b', 'c'] as const) : [wish.type]) {
      const key = `${type} ${wish.major}:${wish.minor}`
      const access = sortAccess(`${merged.get(key)?.access ?? ''}${wish.access}`)
      merged.set(key, { type, major: wish.major, minor: wish.minor, access })
    }
  }
  const rules = [...merged.values()]
  return rules.filter((rule) => !rules.some((other) => other !== rule && covers(other, rule)))
}

/** Whether the rules allow everything. Pure. */
export function allowsAll(rules: readonly DeviceRule[]): boolean {
  return (['b', 'c'] as const).every((type) =>
    rules.some((rule) => covers(rule, { type, major: null, minor: null, access: 'rwm' })),
  )
}

/** Whether a device may be used with all of `access` at once; one rule must grant all of it. Pure. */
export function isAllowed(
  rules: readonly DeviceRule[],
  device: {
    readonly type: 'b' | 'c'
    readonly major: number
    readonly minor: number
    readonly access: string
  },
): boolean {
  return rules.some((rule) => covers(rule, device))
}

/** Lines for `devices.deny` and `devices.allow` of the v1 controller. */
export function deviceLines(rules: readonly DeviceRule[]): {
  readonly deny: string | null
  readonly allow: string[]
} {
  // A line of type "a" stands for everything, whatever follows it (devcgroup_update_access).
  if (allowsAll(rules)) return { deny: null, allow: ['a'] }
  return {
    deny: 'a',
    allow: rules.map((rule) => `${rule.type} ${any(rule.major)}:${any(rule.minor)} ${rule.access}`),
  }
}

function covers(rule: DeviceRule, other: DeviceRule): boolean {
  if (rule.type !== other.type) return false
  if (rule.major !== null && rule.major !== other.major) return false
  if (rule.minor !== null && rule.minor !== other.minor) return false
  return [...other.access].every((letter) => rule.access.includes(letter))
}

function sortAccess(letters: string): string {
  return [...'rwm'].filter((letter) => letters.includes(letter)).join('')
}

function any(number: number | null): string {
  return number === null ? '*' : String(number)
}
