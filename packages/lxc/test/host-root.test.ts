import { execFileSync } from 'node:child_process'
import { resolveCommand } from '@execd/core/driver'
import type { RootEntry } from '@execd/linux/rootfs'
import { expect, test } from '@jest/globals'
import { hostRootScript } from '../dist/config/host-root.js'

const folder = (name: string): RootEntry => ({
  name,
  kind: 'directory',
  target: '',
  mountPoint: false,
  mountsBelow: false,
})
const PLACES = { root: '/run/a b/root', scratch: '/run/a b/layer' }

function script(rootfs: object, entries: readonly RootEntry[]): string {
  const command = resolveCommand({
    id: 'c',
    rootfs: { type: 'host', ...rootfs },
    process: { args: ['true'] },
  })
  if (command.rootfs.type !== 'host') throw new Error('not the host')
  return hostRootScript(command.rootfs, entries, PLACES)
}

test('a layer over each folder that is shown, links, and empty folders for the rest', () => {
  const entries = [
    folder('usr'),
    folder('home'),
    folder('root'),
    { ...folder('bin'), kind: 'symlink', target: 'usr/bin' } as const,
    folder("it's"),
  ]
  const text = script({ size: 65536 }, entries)
  expect(text.match(/mount -t overlay .*/g)).toEqual([
    "mount -t overlay -o 'nosuid,nodev,lowerdir=/usr,upperdir=/run/a b/layer/upper-0,workdir=/run/a b/layer/work-0' overlay '/run/a b/root/usr'",
    "mount -t overlay -o 'nosuid,nodev,lowerdir=/it'\\''s,upperdir=/run/a b/layer/upper-1,workdir=/run/a b/layer/work-1' overlay '/run/a b/root/it'\\''s'",
  ])
  expect(text).toContain("ln -s -- usr/bin '/run/a b/root/bin'")
  expect(text).toContain('mode=0755,size=65536 execd')
  expect(text).toContain("mkdir -m 700 '/run/a b/root/root'")
  expect(() => execFileSync('sh', ['-n'], { input: text })).not.toThrow()
})

test('read-only is each layer', () => {
  expect(
    script({ readonly: true }, [folder('usr'), folder('etc')]).match(/ro,nosuid,nodev,lower/g),
  ).toHaveLength(2)
})

test('a folder that cannot be a layer is refused', () => {
  expect(() => script({}, [folder('a:b')])).toThrow(expect.objectContaining({ code: 'EXECD_UNSUPPORTED' }))
})
