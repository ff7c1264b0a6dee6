import type { Container, Execution } from '@execd/core'
import { expect } from '@jest/globals'
import { readOrNull } from './support/host-state.js'
import { driverTests, failure, type Part } from './support/suite.js'
import { until } from './support/until.js'

/** A terminal with someone in front of it. */
class Screen {
  text = ''
  readonly #process: Container | Execution

  constructor(process: Container | Execution) {
    this.#process = process
    process.stdout?.on('data', (chunk) => {
      this.text += String(chunk)
    })
  }

  type(keys: string): void {
    this.#process.stdin?.write(keys)
  }

  async shows(pattern: RegExp): Promise<void> {
    await until(`${pattern} on the screen`, () => pattern.test(this.text)).catch((error: unknown) => {
      throw new Error(`${String(error)}; it shows ${JSON.stringify(this.text.slice(-500))}`)
    })
  }
}

driverTests('terminals', (suite, test) => {
  const open = async (script: string, part: Part['process'] = {}, rest: Part = {}) => {
    const container = await suite.runtime.start(
      suite.script(script, { ...rest, process: { terminal: true, ...part } }),
    )
    return { container, screen: new Screen(container) }
  }

  test('the size is right from the first byte and can be changed', async () => {
    const script = 'stty size; trap "stty size" WINCH; echo ready; while :; do sleep 0.02; done'
    const { container, screen } = await open(script, { consoleSize: { height: 31, width: 91 } })
    await screen.shows(/^31 91\r\nready\r\n$/)
    await container.resize({ height: 50, width: 132 })
    await screen.shows(/\n50 132\r\n$/)
    expect((await failure(container.resize({ height: 0, width: 80 }))).code).toBe('EXECD_INVALID_OPTION')
    await container.terminate()
    expect((await failure(container.resize({ height: 24, width: 80 }))).code).toBe('EXECD_NOT_RUNNING')
    const plain = await suite.idle()
    expect((await failure(plain.resize({ height: 24, width: 80 }))).code).toBe('EXECD_INVALID_STATE')
  })

  test('control-C interrupts the program in front', async () => {
    const { container, screen } = await open(
      'trap "echo caught; exit 9" INT; echo ready; while :; do sleep 0.02; done',
    )
    await screen.shows(/ready/)
    screen.type('\x03')
    expect(await container.wait()).toMatchObject({ reason: 'exited', exitCode: 9 })
    expect(screen.text).toMatch(/caught/)
  })

  test('a shell has job control: stop, background, foreground', async () => {
    const { container, screen } = await open('exec sh -i')
    screen.type('PS1="$(echo ready)> "; sleep 1001\n')
    const names = async () => (await container.pids()).map((pid) => readOrNull(`/proc/${pid}/comm`))
    await until('the job runs', async () => (await names()).includes('sleep\n'))
    screen.type('\x1a')
    await screen.shows(/Stopped +sleep 1001/)
    screen.type('bg; jobs; echo back\n')
    await screen.shows(/\nback/)
    expect(screen.text).not.toMatch(/can't access tty|job control turned off/)
    screen.type('fg\n')
    await screen.shows(/sleep 1001\r\n$/)
    screen.type('\x03')
    screen.type('exit 4\n')
    expect(await container.wait()).toMatchObject({ exitCode: 4 })
  })

  test('typed text is echoed, and control-D is the end of the input', async () => {
    const { container, screen } = await open('cat; echo end; exit 3')
    screen.type('hello\n')
    await screen.shows(/^hello\r\nhello\r\n/)
    screen.type('\x04')
    expect(await container.wait()).toMatchObject({ exitCode: 3 })
    expect(screen.text).toMatch(/end\r\n$/)
  })

  test('all output arrives, however fast the program ends', async () => {
    const wanted = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\r\n`).join('')
    for (let round = 0; round < 5; round += 1) {
      const result = await suite.sh('seq 20000', { process: { terminal: true } })
      expect(result.stdout).toBe(wanted)
    }
  })

  test('hanging up is a SIGHUP for the program', async () => {
    const { container, screen } = await open('trap "exit 5" HUP; echo ready; while :; do sleep 0.02; done')
    await screen.shows(/ready/)
    container.stdin?.destroy()
    expect(await container.wait()).toMatchObject({ exitCode: 5 })
  })

  test('the terminal is the user’s, its own, and controls the session', async () => {
    const { container, screen } = await open(
      'stat -c "%u %a %t:%T" $(tty); ls -1 /dev/pts; cut -d" " -f1,6,7 /proc/self/stat; : </dev/tty && echo opened; echo to >/dev/console; exit 0',
      { user: 'ann' },
    )
    expect(await container.wait()).toMatchObject({ exitCode: 0 })
    await screen.shows(/^1000 620 88:0\r\n0\r\nptmx\r\n\d+ 1 34816\r\nopened\r\nto\r\n$/)
  })

  test("a process without a terminal has no controlling one, and sees none of the host's", async () => {
    const text = await suite.output(
      'cut -d" " -f7 /proc/self/stat; (: </dev/tty) 2>&1 | grep -o "No such device.*"; ls /dev/pts; test -e /dev/console || echo none',
    )
    expect(text).toMatch(/^0\nNo such device or address\nptmx\nnone$/)
  })

  test('an exec can have one where the first process has none', async () => {
    const container = await suite.idle()
    const execution = await container.exec({
      args: ['sh', '-c', 'trap "stty size; exit 6" WINCH; tty; while :; do sleep 0.02; done'],
      terminal: true,
    })
    const screen = new Screen(execution)
    await screen.shows(/\/dev\/pts\/\d/)
    await execution.resize({ height: 9, width: 99 })
    expect(await execution.wait()).toMatchObject({ exitCode: 6 })
    await screen.shows(/9 99\r\n$/)
    expect(readOrNull(`/proc/${container.pid}/comm`)).toBe('sleep\n')
  })

  test('under an init and in a user namespace too', async () => {
    const uidMappings = [{ containerID: 0, hostID: 200_000, size: 65_536 }]
    for (const part of [
      { init: true },
      { namespaces: { user: 'private', uidMappings, gidMappings: uidMappings } },
    ] as const) {
      const { container, screen } = await open(
        'tty; trap "exit 8" INT; echo ready; while :; do sleep 0.02; done',
        {},
        part,
      )
      await screen.shows(/^\/dev\/pts\/0\r\nready/)
      screen.type('\x03')
      expect(await container.wait()).toMatchObject({ exitCode: 8 })
    }
  })
})
