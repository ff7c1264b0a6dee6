import type { Names } from './names.js'
import type { Versions } from './versions.js'

/** What the template is called in its own files. */
const SAMPLE = {
  packageName: 'execd-driver-sample',
  className: /\bSample(?=Driver\b|Options\b)/g,
  driver: /\bsample\b/g,
}

/** Text of a file of the template, with the names of the new driver. Pure. */
export function fill(text: string, { packageName, userName, driver, className }: Names): string {
  return text
    .replaceAll("createRuntime({ driver: 'sample'", `createRuntime({ driver: '${userName}'`)
    .replaceAll(SAMPLE.packageName, packageName)
    .replaceAll(SAMPLE.className, className)
    .replaceAll(SAMPLE.driver, driver)
}

/** The package.json of the template, with the versions of the tools. Pure. */
export function fillManifest(text: string, names: Names, versions: Versions): string {
  const manifest = JSON.parse(fill(text, names)) as Record<string, unknown>
  return `${JSON.stringify({ ...manifest, devDependencies: versions }, null, 2)}\n`
}

/** Where a file of the template goes. What npm and other tools would take for files of this package itself begins with "_". Pure. */
export function targetOf(path: string): string {
  return path.replace(/(^|\/)_(?=[^/]+$)/, '$1')
}
