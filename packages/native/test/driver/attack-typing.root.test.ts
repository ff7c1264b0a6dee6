import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from '@jest/globals'
import { textOf } from './support/streams.js'
import { driverTests } from './support/suite.js'

driverTests(
  'the terminal of the caller',
  (suite, test) => {
    test('a container that has it as its descriptors cannot type into it', async () => {
      const main = fileURLToPath(new URL('typing-main.js', import.meta.url))
      const command = [process.execPath, main, suite.parent].map((word) => `'${word}'`).join(' ')
      const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
        stdio: ['pipe', 'pipe', 'ignore'],
      })
      const [text] = await Promise.all([textOf(child.stdout), once(child, 'exit')])
      const lines = text.trim().split(/\r?\n/)
      // EPERM: another session's terminal; EIO: a kernel on which nobody may type (dev.tty.legacy_tiocsti)
      const refused = (fd: number) =>
        expect.stringMatching(new RegExp(`^refused ${fd}: (Operation not permitted|Input/output error)$`))
      expect(lines).toEqual([refused(0), refused(1), refused(2), 'has no terminal'])
    })
  },
  ['perl', 'script'],
)
