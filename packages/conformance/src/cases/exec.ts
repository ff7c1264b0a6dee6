import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { rejection, same } from '../expect.js'
import { alive, identify } from '../host/processes.js'
import { reading } from '../host/streams.js'
import { sleep, until } from '../host/wait.js'

const needs = { verbs: ['exec'] } as const

/** More processes in a container. */
export const execCases: readonly Case[] = [
  {
    id: 'exec.output',
    title: 'it has streams and a verdict of its own, and the container goes on',
    needs,
    async run({ start, exec }) {
      const container = await start('read line; exit 0')
      const execution = await exec(container, 'read word; echo "out $word"; echo err >&2; exit 21')
      const [out, err] = [reading(execution.stdout), reading(execution.stderr)]
      execution.stdin?.end('typed\n')
      const { reason, exitCode, id } = await execution.wait()
      same([reason, exitCode, id], ['exited', 21, execution.id], 'the verdict')
      same([await out.ended, await err.ended], ['out typed\n', 'err\n'], 'output')
      assert.equal(container.status, 'running')
      container.stdin?.end('go\n')
      assert.equal((await container.wait()).exitCode, 0)
    },
  },
  {
    id: 'exec.large',
    title: 'all of a large output is delivered',
    needs,
    async run({ start, exec }) {
      const container = await start('read line')
      const execution = await exec(container, 'yes 123456789abcdef | head -c 2097152; echo last')
      const text = await reading(execution.stdout).ended
      same([text.length, text.endsWith('last\n')], [2097157, true], 'output')
      await container.terminate()
    },
  },
  {
    id: 'exec.env',
    title: 'it has the environment of its own, not that of the container',
    needs: { ...needs, fields: ['process.env'] },
    async run({ start, exec }) {
      const container = await start('read line', { process: { env: { FIRST: 'of the container' } } })
      const execution = await exec(container, 'echo "$FIRST|$SECOND"', { env: { SECOND: 'of the exec' } })
      assert.equal(await reading(execution.stdout).ended, '|of the exec\n')
      await container.terminate()
    },
  },
  {
    id: 'exec.cwd',
    title: 'it starts in the working directory of its own',
    needs: { ...needs, fields: ['process.cwd'] },
    async run({ start, exec }) {
      const container = await start('read line')
      const execution = await exec(container, ['/bin/pwd'], { cwd: '/tmp' })
      assert.equal(await reading(execution.stdout).ended, '/tmp\n')
      await rejection(
        exec(container, ['/bin/pwd'], { cwd: '/kit-no-such-folder' }),
        'EXECD_WORKING_DIRECTORY',
      )
      await container.terminate()
    },
  },
  {
    id: 'exec.user',
    title: 'it runs as the user of its own',
    needs: { ...needs, fields: ['process.user'] },
    async run({ start, exec }) {
      const container = await start('read line')
      const execution = await exec(container, 'id -u; id -g', { user: '1000:1000' })
      assert.equal(await reading(execution.stdout).ended, '1000\n1000\n')
      await container.terminate()
    },
  },
  {
    id: 'exec.same-container',
    title: 'it is in the container: the same root and, where they are private, the same namespaces',
    needs,
    async run({ start, exec, has }) {
      const container = await start(
        'echo word > /tmp/kit-same; hostname; readlink /proc/self/ns/net; read line',
      )
      const out = reading(container.stdout)
      await until('the output of the first process', () => out.text.includes('\n'))
      const execution = await exec(
        container,
        'cat /tmp/kit-same; rm /tmp/kit-same; hostname; readlink /proc/self/ns/net; exit 0',
      )
      const [word, ...rest] = (await reading(execution.stdout).ended).split('\n')
      assert.equal(word, 'word')
      if (has('namespaces.uts=private')) same(rest, out.text.split('\n'), 'host name and network namespace')
      await container.terminate()
    },
  },
  {
    id: 'exec.signals',
    title: 'an end by a signal is reported as that signal, and nobody else gets it',
    needs,
    async run({ start, exec }) {
      const container = await start('trap "echo got" TERM; read line; exit 13')
      const execution = await exec(container, ['/bin/sleep', '60'])
      await execution.kill('SIGTERM')
      const { reason, signal, exitCode } = await execution.wait()
      same([reason, signal, exitCode], ['signaled', 'SIGTERM', null], 'the verdict')
      container.stdin?.end('go\n')
      assert.equal((await container.wait()).exitCode, 13)
    },
  },
  {
    id: 'exec.isolated-descriptors',
    title: 'no descriptor but the three standard ones is open in it',
    needs,
    async run({ start, exec }) {
      const container = await start('read line')
      const execution = await exec(
        container,
        'for fd in 3 4 5 6 7 8 9; do (: <&$fd) 2>/dev/null && echo $fd; (: >&$fd) 2>/dev/null && echo $fd; done; exit 0',
      )
      assert.equal(await reading(execution.stdout).ended, '')
      await container.terminate()
    },
  },
  {
    id: 'exec.tree',
    title: 'its end takes its descendants with it, and nothing else of the container',
    needs,
    async run({ start, exec, after }) {
      const container = await start('sleep 61 & wait')
      const before = await until('the first processes', async () => {
        const pids = await container.pids()
        return pids.length >= 2 && pids
      })
      const execution = await exec(container, '(setsid sleep 62 <&- >&- 2>&- &); sleep 63 & wait')
      const all = await until('the processes of the exec', async () => {
        const pids = await container.pids()
        return pids.length >= before.length + 3 && pids
      })
      const mine = all
        .filter((pid) => !before.includes(pid))
        .map(identify)
        .filter((found) => found !== null)
      after(() => container.terminate())
      await execution.terminate()
      same(alive(mine), [], 'descendants of the exec still live')
      assert.equal(container.status, 'running')
      same((await container.pids()).sort(), [...before].sort(), 'the other processes')
      await container.terminate()
    },
  },
  {
    id: 'exec.container-ends',
    title: 'it ends with the container, and has a verdict',
    needs,
    async run({ start, exec }) {
      const container = await start('read line')
      const execution = await exec(container, ['/bin/sleep', '60'])
      container.stdin?.end('go\n')
      await container.wait()
      assert.equal((await execution.wait()).signal, 'SIGKILL')
      await rejection(exec(container, 'true'), 'EXECD_NOT_RUNNING')
    },
  },
  {
    id: 'exec.not-found',
    title: 'a program that is not there is a failure to start, and the container goes on',
    needs,
    async run({ start, exec }) {
      const container = await start('read line; exit 0')
      await rejection(exec(container, ['/bin/kit-no-such-program']), 'EXECD_PROGRAM_NOT_FOUND')
      await rejection(exec(container, ['/etc/passwd']), 'EXECD_PROGRAM_NOT_EXECUTABLE')
      container.stdin?.end('go\n')
      assert.equal((await container.wait()).exitCode, 0)
    },
  },
  {
    id: 'exec.timeout',
    title: 'its time-out ends it alone',
    needs,
    async run({ start, exec }) {
      const container = await start('read line; exit 0')
      const execution = await exec(container, ['/bin/sleep', '60'], {}, { timeout: 300 })
      assert.equal((await execution.wait()).reason, 'timeout')
      await sleep(20)
      container.stdin?.end('go\n')
      assert.equal((await container.wait()).exitCode, 0)
    },
  },
  {
    id: 'exec.many',
    title: 'many at once do not mix',
    needs,
    async run({ start, exec }) {
      const container = await start('read line')
      const texts = await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const execution = await exec(container, `echo ${index}; exit ${index}`)
          const [text, { exitCode }] = await Promise.all([reading(execution.stdout).ended, execution.wait()])
          return `${text.trim()} ${exitCode}`
        }),
      )
      same(
        texts,
        Array.from({ length: 8 }, (_, index) => `${index} ${index}`),
        'output and codes',
      )
      await container.terminate()
    },
  },
  {
    id: 'exec.terminal',
    title: 'it can have a terminal of its own',
    needs: { ...needs, fields: ['process.terminal', 'process.consoleSize'] },
    async run({ start, exec }) {
      const container = await start('read line')
      const execution = await exec(container, '[ -t 0 ] && stty size', {
        terminal: true,
        consoleSize: { height: 31, width: 91 },
      })
      assert.equal((await reading(execution.stdout).ended).trim(), '31 91')
      await container.terminate()
    },
  },
]
