/** Drivers published with execd: the loader finds those before any package of somebody else. */
const TAKEN = ['native', 'lxc', 'oci']
const PREFIX = 'execd-driver-'
/** What core takes as the name of a driver. */
const DRIVER_NAME = /^[a-z][a-z0-9-]{0,63}$/
/** npm-package-name: lower case, no leading dot or underscore, url-safe. */
const SCOPE = /^@[a-z0-9~-][a-z0-9._~-]*$/
const LONGEST = 214

/** What a driver is called where. */
export interface Names {
  /** On npm. */
  readonly packageName: string
  /** In `createRuntime({ driver })`: for a package with a scope, the package's name. */
  readonly userName: string
  /** `Driver.name`. */
  readonly driver: string
  /** Beginning of the names of classes. */
  readonly className: string
}

/** A command line that cannot be followed, in words for its writer. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Names for what somebody typed: "foo" and "execd-driver-foo" are the package execd-driver-foo with the driver "foo"; "@me/foo" stays as it is. Pure.
 *
 * @throws UsageError
 */
export function namesOf(typed: string): Names {
  const [first = '', second] = typed.split('/')
  const [scope, rest] = second === undefined ? [undefined, first] : [first, second]
  if (typed.split('/').length > 2 || (scope !== undefined && !SCOPE.test(scope)))
    throw new UsageError(`${typed}: wanted a name such as "foo" or "@scope/foo"`)
  const driver = rest.startsWith(PREFIX) ? rest.slice(PREFIX.length) : rest
  if (!DRIVER_NAME.test(driver))
    throw new UsageError(`${typed}: wanted 1 to 64 of a-z, 0-9 and "-", a letter first${suggestion(rest)}`)
  if (scope === undefined && TAKEN.includes(driver))
    throw new UsageError(
      `${typed}: createRuntime({ driver: '${driver}' }) finds @execd/${driver}; choose another name, or one with a scope`,
    )
  const packageName = scope === undefined ? `${PREFIX}${driver}` : `${scope}/${rest}`
  if (packageName.length > LONGEST)
    throw new UsageError(`${packageName} is longer than npm allows (${LONGEST} characters)`)
  return {
    packageName,
    userName: scope === undefined ? driver : packageName,
    driver,
    className: classNameOf(driver),
  }
}

function classNameOf(driver: string): string {
  const words = driver.split('-').filter((word) => word !== '')
  return words.map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`).join('')
}

function suggestion(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
  return DRIVER_NAME.test(plain) ? `; did you mean "${plain}"?` : ''
}
