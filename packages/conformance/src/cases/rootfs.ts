import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Case } from '../case.js'
import { rejection, succeeded } from '../expect.js'

/** Kinds of root file systems. */
export const rootfsCases: readonly Case[] = [
  {
    id: 'rootfs.directory',
    title: 'what is written to a directory stays there',
    needs: { fields: ['rootfs.type=directory', 'rootfs.path'] },
    async run({ run, rootfs, after }) {
      const file = join(rootfs, 'tmp/kit-written')
      after(() => rmSync(file, { force: true }))
      succeeded(await run('echo kept > /tmp/kit-written'))
      assert.equal(readFileSync(file, 'utf8'), 'kept\n')
    },
  },
  {
    id: 'rootfs.missing',
    title: 'a root file system that is not there is a failure to start: EXECD_ROOTFS',
    needs: { fields: ['rootfs.type=directory', 'rootfs.path'] },
    async run({ run, scratch }) {
      await rejection(run('true', { rootfs: join(scratch(), 'missing') }), 'EXECD_ROOTFS')
    },
  },
  {
    id: 'rootfs.read-only',
    title: 'nothing can be written to a read-only root',
    needs: { fields: ['rootfs.type=directory', 'rootfs.readonly'] },
    async run({ run, rootfs }) {
      const { exitCode } = await run('echo word > /kit-written', {
        rootfs: { type: 'directory', path: rootfs, readonly: true },
      })
      assert.notEqual(exitCode, 0)
      assert.ok(!existsSync(join(rootfs, 'kit-written')), 'the file is there')
    },
  },
  {
    id: 'rootfs.overlay',
    title: 'what is written to an overlay without an upper layer is seen inside, and gone after',
    needs: { fields: ['rootfs.type=overlay', 'rootfs.lower'] },
    async run({ run, rootfs }) {
      const result = await run('echo word > /tmp/kit-overlay && cat /tmp/kit-overlay', {
        rootfs: { type: 'overlay', lower: rootfs },
      })
      succeeded(result)
      assert.equal(result.stdout, 'word\n')
      assert.ok(!existsSync(join(rootfs, 'tmp/kit-overlay')), 'the lower layer was written to')
    },
  },
  {
    id: 'rootfs.size',
    title: 'the throw-away layer of an overlay does not grow past its size',
    needs: { fields: ['rootfs.type=overlay', 'rootfs.lower', 'rootfs.size'] },
    async run({ run, rootfs }) {
      const small = { type: 'overlay', lower: rootfs, size: '1MiB' } as const
      const { exitCode } = await run('dd if=/dev/zero of=/etc/kit-large bs=1000000 count=3 2>/dev/null', {
        rootfs: small,
      })
      assert.notEqual(exitCode, 0, '3 MB were written to a layer of 1 MiB')
    },
  },
  {
    id: 'rootfs.overlay-upper',
    title: 'what is written to an overlay with an upper layer stays in that',
    needs: { fields: ['rootfs.type=overlay', 'rootfs.upper', 'rootfs.work'] },
    async run({ run, rootfs, scratch }) {
      const folder = scratch()
      const [upper, work] = [join(folder, 'upper'), join(folder, 'work')]
      for (const each of [upper, work]) mkdirSync(each)
      succeeded(
        await run('echo kept > /etc/kit-upper', { rootfs: { type: 'overlay', lower: rootfs, upper, work } }),
      )
      assert.equal(readFileSync(join(upper, 'etc/kit-upper'), 'utf8'), 'kept\n')
      assert.ok(!existsSync(join(rootfs, 'etc/kit-upper')), 'the lower layer was written to')
    },
  },
  {
    id: 'rootfs.host',
    title: "the host's files are seen, and what is written is thrown away",
    needs: { fields: ['rootfs.type=host'] },
    async run({ run, scratch }) {
      const rootfs = { type: 'host' } as const
      const seen = await run(`[ -d /usr ] && echo usr; [ -e ${scratch()} ] && echo tmp; exit 0`, { rootfs })
      assert.equal(seen.stdout, 'usr\n')
      // An ordinary user may not change folders whose owner has no id in the user namespace (EOVERFLOW): one of both is enough.
      const folders = ['/var/tmp', '/tmp']
      const name = `kit-host-${process.pid}`
      const script = folders.map(
        (folder) => `echo word 2>/dev/null > ${folder}/${name} && cat ${folder}/${name};`,
      )
      const { stdout } = await run(`${script.join(' ')} exit 0`, { rootfs })
      assert.match(stdout, /^word\n/, 'nothing could be written')
      for (const folder of folders)
        assert.ok(!existsSync(`${folder}/${name}`), `${folder} of the host was written to`)
    },
  },
]
