import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRuntime, type Runtime } from '@execd/core'
import { lxc } from '@execd/lxc'
import { findProgram } from '@execd/test-support'
import { cgroupParent, type Scratch } from './container.js'

/** What the driver and its scripts run. */
const TOOLS = [
  'lxc-start',
  'lxc-stop',
  'lxc-attach',
  'lxc-freeze',
  'lxc-unfreeze',
  'mkfifo',
  'sh',
  'mount',
  'cat',
  'script',
  'stty',
  'tty',
  'init.lxc.static',
  'dd',
  'od',
  'find',
  'mv',
  'rm',
  'rmdir',
  'sleep',
]

/** A runtime with the real tools but for those that are given as scripts; null: missing. `REAL` in a script is the real tool. */
export async function runtimeWithTools(
  folder: Scratch,
  scripts: Readonly<Record<string, string | null>>,
): Promise<Runtime> {
  mkdirSync(join(folder.path, 'tools'), { recursive: true })
  const path = mkdtempSync(join(folder.path, 'tools/'))
  for (const name of TOOLS) {
    const real = findProgram(name) ?? ''
    const script = scripts[name]
    if (script === undefined) symlinkSync(real, join(path, name))
    else if (script !== null) {
      const text = `#!/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n${script.replaceAll('REAL', real)}\n`
      writeFileSync(join(path, name), text)
      chmodSync(join(path, name), 0o755)
    }
  }
  const state = { stateDir: join(folder.path, 'state'), cgroupParent: cgroupParent(folder.path) }
  return createRuntime({ driver: lxc({ toolPath: path, ...state }) })
}
