import { findTestUser, requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { openSession, type Session } from '../support/session.js'

const LONG = 120_000
const { describe } = requires('tmux', 'root', 'test-user')

describe.each([['root'], ['an ordinary user']])('a session in a real terminal, as %s', (who) => {
  const { test } = requires('tmux', 'root', 'test-user')
  let session: Session
  beforeAll(async () => {
    session = await openSession(who === 'root' ? undefined : findTestUser())
  }, LONG)
  afterAll(() => session?.close())

  test(
    'run -it: keys, Ctrl-C, resize, stop and go on, the end',
    async () => {
      const { terminal } = session
      await terminal.line('execd run -it --hostname box -- sh')
      await terminal.see(/-- sh\n[$#]\n/)
      await terminal.line('echo on $(uname -n) with $(stty size) $TERM')
      await terminal.see(/^on box with 30 100 screen$/m)
      await terminal.line('sh -c \'trap "echo caught; exit 7" INT; echo ready; while :; do sleep 0.1; done\'')
      await terminal.see(/^ready$/m)
      await terminal.keys('C-c')
      await terminal.see(/^\^Ccaught\n[$#]$/m)
      await terminal.resize(80, 20)
      await terminal.line('stty size')
      await terminal.see(/^20 80$/m)
      await terminal.keys('Enter', '~', 'C-z')
      await terminal.see(/Stopped/)
      await terminal.line('echo outside, $(stty -a | grep -c -- -icanon) raw')
      await terminal.see(/outside, 0 raw$/m)
      await terminal.line('fg')
      await terminal.line('echo inside on $(uname -n)')
      await terminal.see(/inside on box$/m)
      await terminal.line('exit 3')
      await terminal.see(/exit 3\n\$$/m)
      await terminal.line('echo status $?, $(stty -a | grep -c -- -icanon) raw')
      await terminal.see(/status 3, 0 raw$/m)
    },
    LONG,
  )

  test(
    'an escape ends what hears nothing, and the terminal is as before',
    async () => {
      const { terminal } = session
      await terminal.clear()
      await terminal.line(
        'execd run -it -- sh -c \'stty raw -echo; trap "" INT TERM HUP; echo deaf; while :; do sleep 1; done\'',
      )
      await terminal.see(/^deaf$/m)
      await terminal.keys('C-c', 'C-d', 'Enter', '~', '.')
      await terminal.see(/^deaf\n+\$$/m)
      await terminal.line('echo status $?, $(stty -a | grep -c -- -icanon) raw')
      await terminal.see(/status 137, 0 raw$/m)
    },
    LONG,
  )

  test(
    'Ctrl-C without a terminal inside',
    async () => {
      const { terminal } = session
      await terminal.clear()
      await terminal.line("execd run -- sh -c 'echo begun; sleep 1000'")
      await terminal.see(/^begun$/m)
      await terminal.keys('C-c')
      await terminal.see(/execd: asked to end; Ctrl-C kills it$/m)
      await terminal.keys('C-c')
      await terminal.see(/^\^C\n?\$$/m)
      await terminal.line('echo status $?')
      await terminal.see(/status 130$/m)
      expect(await terminal.screen()).not.toMatch(/Error|defect/)
    },
    LONG,
  )

  test(
    'a detached one: ps, logs, exec, stats, top, stop',
    async () => {
      const { terminal } = session
      await terminal.clear()
      await terminal.line("execd run -d --name web -- sh -c 'while :; do echo tick; sleep 0.1; done'")
      await terminal.see(/^web$/m)
      await terminal.line('execd ps')
      await terminal.see(/^web +\S+ +.* running +sh -c/m)
      await terminal.line('execd logs -f web')
      await terminal.see(/^tick$/m)
      await terminal.keys('C-c')
      await terminal.clear()
      await terminal.line('execd exec -i web sh')
      await terminal.line('echo typed $((40 + 2)); exit 5')
      await terminal.see(/^typed 42$/m)
      await terminal.line('echo status $?')
      await terminal.see(/status 5$/m)
      await terminal.clear()
      await terminal.line('execd stats --interval 200ms')
      await terminal.see(/^CONTAINER +CPU[\s\S]*^web /m)
      await terminal.keys('C-c')
      await terminal.line('execd top --interval 200ms web')
      await terminal.see(/^execd top .* by cpu[\s\S]*^PID +INSIDE[\s\S]*sh -c while/m)
      await terminal.keys('m')
      await terminal.see(/by memory/)
      await terminal.keys('q')
      await terminal.clear()
      await terminal.line('execd stop -t 1 web && execd ps -a')
      await terminal.see(/^web +\S+ +.* exited \([\s\S]*^\$$/m)
      await terminal.line('execd rm web; execd ps -aq | wc -l')
      await terminal.see(/^web\n0$/m)
    },
    LONG,
  )
})
