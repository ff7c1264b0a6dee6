import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ExecdError } from '@execd/core'
import { expect } from '@jest/globals'
import { HOSTILE_CASES, upTo } from './hostile/cases.js'
import { mounts } from './support/host-state.js'
import { copyRootfs } from './support/rootfs.js'
import { driverTestsPooledToo, type Suite } from './support/suite.js'

/** Everything about the trap that a container could have changed. */
function stateOf(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).sort().map((name) => {
    const path = join(folder, name)
    const { mode, uid, mtimeMs, ctimeMs, nlink } = lstatSync(path)
    return `${name} ${mode} ${uid} ${nlink} ${mtimeMs} ${ctimeMs} ${lstatSync(path).isFile() ? readFileSync(path, 'utf8') : ''}`
  })
}

function makeTrap(suite: Suite): string {
  const trap = join(suite.temp, 'trap')
  rmSync(trap, { recursive: true, force: true })
  mkdirSync(join(trap, 'folder/deep'), { recursive: true })
  writeFileSync(join(trap, 'secret'), 'ann:x:0:0::/:/bin/sh\n')
  return trap
}

driverTestsPooledToo('a hostile root file system', (suite, test) => {
  let number = 0

  test.each(HOSTILE_CASES)('%s', async (_, prepare, part, outcome) => {
    const trap = makeTrap(suite)
    number += 1
    const rootfs = copyRootfs(suite.rootfs, join(suite.temp, `hostile-${number}`))
    prepare({ rootfs, trap })
    const before = { trap: stateOf(trap), mounts: mounts() }
    const command = suite.command(['sh', '-c', 'cat /proc/self/mountinfo; id'], { ...part, rootfs })
    const args = part.process?.args ?? command.process.args
    const end = await suite.runtime
      .run({ ...command, process: { ...command.process, args } }, { timeout: '10s' })
      .then(
        (result) => {
          expect(result.reason).toBe('exited')
          expect(result.stdout).not.toContain(trap)
          return result.ok ? 'ran' : 'ended badly'
        },
        (error: unknown) => {
          if (!ExecdError.is(error)) throw error
          expect(error.hint).not.toBe('')
          return error.code
        },
      )
    expect(end).toMatch(outcome)
    expect({ trap: stateOf(trap), mounts: mounts() }).toEqual(before)
  })

  test('the helper that starts the next container is the same as before', async () => {
    const script = 'for p in /proc/*/exe; do (echo spoilt >>$p) 2>/dev/null && echo $p; done; echo tried'
    expect(
      await suite.output(script, {
        process: { capabilities: { add: ['SYS_PTRACE'] } },
        seccomp: 'unconfined',
      }),
    ).toBe('tried')
    expect(await suite.output(script, { init: true })).toBe('tried')
    expect(await suite.output('echo fine')).toBe('fine')
  })

  test('a folder that another container turns into a link and back, while mounts are placed below it', async () => {
    const trap = makeTrap(suite)
    const before = { trap: stateOf(trap), mounts: mounts() }
    const script = `cd /data; mkdir real; ln -s ${upTo(trap)} out; while :; do mv real t; mv t real; mv out t; mv t out; done`
    const swapper = await suite.runtime.start(suite.script(script), { stdio: 'ignore' })
    const ends = new Set<string>()
    for (let round = 0; round < 60; round += 1) {
      const mountsOf = { mounts: [{ type: 'tmpfs' as const, destination: '/data/t/deep' }] }
      const end = await suite.sh('true', mountsOf, { timeout: '10s' }).then(
        ({ reason }) => reason,
        (error: unknown) => (ExecdError.is(error) ? error.code : String(error)),
      )
      ends.add(end)
    }
    await swapper.terminate()
    for (const end of ends) expect(['exited', 'EXECD_MOUNT']).toContain(end)
    expect({ trap: stateOf(trap), mounts: mounts() }).toEqual(before)
  })

  test('what runs as root inside cannot reach the host through /proc', async () => {
    const refused = [
      'echo 1 >/proc/sysrq-trigger',
      'echo x >/proc/sys/kernel/core_pattern',
      'mount --bind / /data',
      'umount /proc/keys',
      'mount -o remount,rw /sys',
      'mknod /data/m c 1 1 && head -c 1 /data/m',
      'nsenter -t 1 -m true && chroot /proc/1/root ls /boot',
      'dd if=/proc/kcore of=/dev/null bs=1 count=1 2>&1 | grep -q "1+0" ',
      'echo 0 >/sys/fs/cgroup/memory/cgroup.procs',
      'echo "|/bin/sh" >/sys/kernel/uevent_helper',
      'ln -s / /data/l && cat /data/l/etc/hostname',
    ]
    for (const command of refused) {
      const result = await suite.sh(`(${command}) 2>/dev/null && echo done`)
      expect(`${command}: ${result.stdout}`).toBe(`${command}: `)
    }
  })
})
