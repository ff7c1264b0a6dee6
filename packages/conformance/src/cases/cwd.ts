import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { rejection } from '../expect.js'

/** The working directory. */
export const cwdCases: readonly Case[] = [
  {
    id: 'cwd.used',
    title: 'the program starts in the working directory that the command names, else in "/"',
    needs: { fields: ['process.cwd'] },
    async run({ run }) {
      assert.equal((await run(['/bin/pwd'], { process: { cwd: '/tmp' } })).stdout, '/tmp\n')
      assert.equal((await run(['/bin/pwd'])).stdout, '/\n')
    },
  },
  {
    id: 'cwd.missing',
    title: 'a working directory that is not there is a failure to start: EXECD_WORKING_DIRECTORY',
    needs: { fields: ['process.cwd'] },
    async run({ run }) {
      await rejection(run('true', { process: { cwd: '/kit-no-such-folder' } }), 'EXECD_WORKING_DIRECTORY')
    },
  },
  {
    id: 'cwd.file',
    title: 'a working directory that is a file is a failure to start: EXECD_WORKING_DIRECTORY',
    needs: { fields: ['process.cwd'] },
    async run({ run }) {
      await rejection(run('true', { process: { cwd: '/etc/passwd' } }), 'EXECD_WORKING_DIRECTORY')
    },
  },
]
