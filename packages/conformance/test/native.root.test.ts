import { readdirSync, readFileSync } from 'node:fs'
import { conformance, driverModule } from '@execd/conformance'
import { requires } from '@execd/test-support'
import { test as plain } from '@jest/globals'

const needs = requires('root', 'cgroups', 'busybox')

/** Cgroups of the kit's containers: their ids begin with "kit-". */
function leftovers(): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  const roots = mounts.filter((line) => / - cgroup2? /.test(line)).map((line) => line.split(' ')[4] ?? '')
  return roots.flatMap((root) => below(`${root}/execd`)).filter((path) => /\/kit-[^/]*$/.test(path))
}

function below(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${folder}/${entry.name}`)
  } catch {
    return []
  }
}

if (needs.skipped === undefined) {
  const driver = await driverModule('native', { from: import.meta.url })
  await conformance({ test: (name, work, time) => plain(name, work, time), ...driver, leftovers })
} else {
  needs.test('the driver native passes the kit as root', () => {})
}
