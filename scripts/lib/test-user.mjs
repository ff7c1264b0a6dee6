import { existsSync, readFileSync } from 'node:fs'
import { capture } from './workspace.mjs'

/** The ordinary user whom root's tests of rootless containers run as. */
export const TEST_USER = 'execd-test'
const RANGE = 65_536

const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '')
const hasEntry = (path) =>
  read(path)
    .split('\n')
    .some((line) => line.startsWith(`${TEST_USER}:`))

/** True when the user is there and has ranges of subordinate ids. */
export function hasTestUser() {
  return ['/etc/passwd', '/etc/subuid', '/etc/subgid'].every(hasEntry)
}

/** Makes the user and its ranges, as root. Gives the output of what failed, or undefined. */
export function makeTestUser() {
  if (!hasEntry('/etc/passwd')) {
    const { status, output } = capture('useradd', ['--create-home', '--shell', '/bin/sh', TEST_USER])
    if (status !== 0) return `useradd failed: ${output}`
  }
  for (const kind of ['uid', 'gid']) {
    // useradd gives a range of its own accord where /etc/login.defs says so.
    if (hasEntry(`/etc/sub${kind}`)) continue
    const start = firstFree(read(`/etc/sub${kind}`))
    const { status, output } = capture('usermod', [
      `--add-sub${kind}s`,
      `${start}-${start + RANGE - 1}`,
      TEST_USER,
    ])
    if (status !== 0) return `usermod failed: ${output}`
  }
  return undefined
}

function firstFree(text) {
  const ends = text.split('\n').map((line) => {
    const [, start, count] = line.split(':')
    return Number(start) + Number(count)
  })
  return Math.max(100_000, ...ends.filter(Number.isFinite))
}
