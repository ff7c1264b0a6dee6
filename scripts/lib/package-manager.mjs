import { find } from './programs.mjs'
import { capture } from './workspace.mjs'

/** The package managers this script can drive, in the order they are looked for. */
const MANAGERS = {
  'apt-get': { refresh: ['update', '-qq'], install: ['install', '--yes', '--no-install-recommends'] },
  dnf: { install: ['install', '--assumeyes', '--setopt=install_weak_deps=False'] },
  apk: { install: ['add'] },
  pacman: { install: ['-S', '--needed', '--noconfirm'] },
}

/** The name of this system's package manager, or undefined. */
export function packageManager() {
  return Object.keys(MANAGERS).find((name) => find(name) !== undefined)
}

/** The packages that bring the missing programs, each once. */
export function packagesFor(missing, manager) {
  return [...new Set(missing.map((entry) => entry.packages[manager]).filter((name) => name !== null))]
}

/** The command a person would type. */
export function installCommand(packages, manager) {
  return [manager, ...MANAGERS[manager].install, ...packages].join(' ')
}

/** Installs packages as root; gives the output of what failed, or undefined. */
export function installPackages(packages, manager) {
  const { refresh, install } = MANAGERS[manager]
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
  }
  for (const args of [refresh, [...install, ...packages]]) {
    if (args === undefined) continue
    const { status, output } = capture(manager, args, options)
    if (status !== 0) return `${manager} ${args.join(' ')} failed (exit status ${status}):\n${output}`
  }
  return undefined
}
