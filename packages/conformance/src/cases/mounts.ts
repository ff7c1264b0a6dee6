import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Case } from '../case.js'
import { rejection, same, succeeded } from '../expect.js'

const bind = { fields: ['mounts=bind'] } as const

/** Mounts. */
export const mountsCases: readonly Case[] = [
  {
    id: 'mounts.bind',
    title: 'a folder of the host is seen inside, and written to from there',
    needs: bind,
    async run({ run, scratch }) {
      const source = scratch()
      writeFileSync(join(source, 'from-host'), 'host\n')
      const mounts = [{ type: 'bind' as const, source, destination: '/mnt' }]
      const result = await run('cat /mnt/from-host; echo inside > /mnt/from-inside', { mounts })
      succeeded(result)
      assert.equal(result.stdout, 'host\n')
      assert.equal(readFileSync(join(source, 'from-inside'), 'utf8'), 'inside\n')
    },
  },
  {
    id: 'mounts.bind-read-only',
    title: 'a read-only mount cannot be written to, nor made writable',
    needs: bind,
    async run({ run, scratch }) {
      const source = scratch()
      const mounts = [{ type: 'bind' as const, source, destination: '/mnt', options: ['ro'] }]
      const { exitCode } = await run('mount -o remount,rw /mnt 2>/dev/null; echo word > /mnt/written', {
        mounts,
      })
      assert.notEqual(exitCode, 0)
      assert.ok(!existsSync(join(source, 'written')), 'the file is there')
    },
  },
  {
    id: 'mounts.bind-file',
    title: 'a single file can be mounted',
    needs: bind,
    async run({ run, scratch }) {
      const source = join(scratch(), 'file')
      writeFileSync(source, 'content\n')
      const mounts = [
        { type: 'bind' as const, source, destination: '/tmp/kit-mounted/file', options: ['ro'] },
      ]
      assert.equal((await run('cat /tmp/kit-mounted/file', { mounts })).stdout, 'content\n')
    },
  },
  {
    id: 'mounts.missing',
    title: 'a source that is not there is a failure to start: EXECD_MOUNT',
    needs: bind,
    async run({ run, scratch }) {
      const mounts = [{ type: 'bind' as const, source: join(scratch(), 'missing'), destination: '/mnt' }]
      await rejection(run('true', { mounts }), 'EXECD_MOUNT')
    },
  },
  {
    id: 'mounts.tmpfs',
    title: 'a tmpfs is empty, has its size and mode, and no program of it runs',
    needs: { fields: ['mounts=tmpfs'] },
    async run({ run }) {
      const mounts = [{ type: 'tmpfs' as const, destination: '/mnt', options: ['size=1m', 'mode=0711'] }]
      const script =
        'ls -A /mnt | wc -l; stat -c %a /mnt; head -c 3000000 /dev/zero > /mnt/file 2>/dev/null; stat -c %s /mnt/file; rm /mnt/file; cp /bin/busybox /mnt/true 2>/dev/null; printf "#!/bin/sh\\necho ran\\n" > /mnt/script; chmod +x /mnt/script; /mnt/script 2>/dev/null; exit 0'
      const { stdout } = await run(script, { mounts })
      same(stdout.trim().split('\n'), ['0', '711', String(1024 ** 2)], 'entries, mode, bytes')
    },
  },
]
