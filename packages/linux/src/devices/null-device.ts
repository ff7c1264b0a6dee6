import { fstatSync, statSync } from 'node:fs'
import type { ProcessIO, Stdio } from '@execd/core/driver'
import { deviceOf } from './device-node.js'

function isNullDevice(stdio: Stdio): boolean {
  if (stdio.type !== 'file' && stdio.type !== 'fd') return false
  try {
    const options = { bigint: true } as const
    const found = deviceOf(stdio.type === 'fd' ? fstatSync(stdio.fd, options) : statSync(stdio.path, options))
    return found?.type === 'c' && found.major === 1 && found.minor === 3
  } catch {
    return false // opening it will tell
  }
}

const IGNORE: Stdio = { type: 'ignore' }

/**
 * The same descriptors with "ignore" for each that is the host's null device, by path or by descriptor, as a service's inherited ones are: root in a container
 * that shares the host's owners could change the device's mode through /proc/self/fd.
 */
export function withoutNullDevice({ stdin, stdout, stderr }: ProcessIO): ProcessIO {
  const safe = (stdio: Stdio): Stdio => (isNullDevice(stdio) ? IGNORE : stdio)
  return { stdin: safe(stdin), stdout: safe(stdout), stderr: safe(stderr) }
}
