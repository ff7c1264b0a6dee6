import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import {
  type Command,
  type DriverProcess,
  ExecdError,
  type ProcessIO,
  type RunOptions,
} from '@execd/core/driver'
import type { RenderInput } from '../config/input.js'
import { renderConfig } from '../config/render.js'
import { fileError, givenUpError, lxcError, unsupported } from '../errors.js'
import { groupsBelowBase } from '../host/cgroups.js'
import type { Host } from '../host/host.js'
import { discardGroups } from '../host/remove-groups.js'
import { removeLock } from '../host/run-dir.js'
import type { FifoLot } from '../io/fifo-stock.js'
import type { StatusPipe } from '../io/status-pipe.js'
import { keptStdio, type PreparedStdio, prepareStdio, terminalStdio } from '../io/stdio.js'
import { Terminal } from '../io/terminal.js'
import { DEFAULT_SIZE, TerminalHolder } from '../io/terminal-holder.js'
import { Home } from '../kept/home.js'
import { withChoices } from './chosen.js'
import type { DriverContext, LxcContainer } from './context.js'
import { prestartCheck } from './init-program.js'
import { startKept } from './kept-start.js'
import { Prestart } from './prestart.js'
import { FAILED_SYSCTL, groupName, hostId, inputFor } from './render-input.js'
import { startContainer } from './start.js'

/** Pipes that one start takes: three streams, the log, two of the prestart hook. */
export const FIFOS_PER_START = 6

/** A container that does not run yet; one with a home outlives this process. */
export function newContainer(
  context: DriverContext,
  command: Command,
  host: Host,
  home: Home | null,
): LxcContainer {
  const parent = (command.cgroupParent ?? context.options.cgroupParent).replace(/^\//, '')
  const below = (path: string) => groupsBelowBase(host.layout, parent === '' ? path : `${parent}/${path}`)
  const own = context.options.cgroupParent.slice(1)
  const state = home ?? context.state
  const name = groupName(state, command)
  return {
    command,
    state,
    home,
    dir: `${state.dir}/${command.id}`,
    outer: below(name),
    payload: below(`${name}/payload`),
    monitor: groupsBelowBase(host.layout, `${own}/.monitor/${name}`),
    tool: null,
    process: null,
    first: 0,
    cancelled: false,
    killed: false,
    paused: false,
    execOomKills: 0,
    execs: new Map(),
    gone: Promise.resolve(),
    release: () => {},
  }
}

const SIGHUP = 1

/** A terminal for the command, where it wants one. */
async function openTerminal(context: DriverContext, container: LxcContainer): Promise<Terminal | null> {
  const { terminal, consoleSize } = container.command.process
  if (!terminal) return null
  const holder = await TerminalHolder.open(context.tools, consoleSize ?? DEFAULT_SIZE)
  return new Terminal(holder, () => void container.process?.kill(SIGHUP).catch(() => {}))
}

function writeFiles({ dir }: LxcContainer, input: RenderInput): RenderInput {
  writeFileSync(`${dir}/config`, renderConfig(input), { mode: 0o600 })
  const outer = input.cgroup.container.replace(/\/payload$/, '')
  writeFileSync(`${dir}/cgroups`, `${outer}\n${input.cgroup.monitor}\n`)
  return input
}

/** What would end with this process. */
function refuseKept({ process }: Command, io: ProcessIO): void {
  if (process.terminal)
    throw unsupported(
      'process.terminal',
      'a terminal of this driver ends with the process that has it',
      'start it attached, or without a terminal',
    )
  if ([io.stdout, io.stderr].some((stdio) => stdio.type === 'file' && stdio.rotate !== null))
    throw unsupported(
      'stdio.maxSize',
      'output files are rotated by this process, which a detached container outlives',
      'start it attached, or rotate the file with logrotate (copytruncate) and `append`',
    )
}

interface Launch {
  readonly host: Host
  readonly fifos: FifoLot
  readonly prestart: Prestart | null
  readonly options: RunOptions
}

/** Writes the configuration, makes the streams and starts. */
async function launch(
  context: DriverContext,
  container: LxcContainer,
  { host, fifos, prestart, options }: Launch,
): Promise<DriverProcess> {
  const { command, dir, home } = container
  const { io, callbacks } = options
  const { oom } = callbacks
  const statuses = await context.ready()
  if (home !== null) {
    refuseKept(command, io)
    const { user } = writeFiles(container, inputFor(context, container, { host, prestart, console: null }))
    const sink = fifos.takePipe()
    const owner = hostId(command, user.uid)
    const { child, opened } = keptStdio(io, { sink: sink.write, empty: `${dir}/stdin`, owner })
    return startKept(context, container, { home, io, stdio: child, opened, sink, prestart, oom })
  }
  const terminal = await openTerminal(context, container)
  let stdio: PreparedStdio
  try {
    const input = inputFor(context, container, { host, prestart, console: terminal?.path ?? null })
    writeFiles(container, input)
    if (terminal !== null) stdio = terminalStdio(terminal, io, true)
    else {
      const stdin = io.stdin.type === 'pipe' ? await context.stdins.take() : null
      stdio = prepareStdio({ fifos, stdin }, io, hostId(command, input.user.uid), `${dir}/stdin`)
    }
  } catch (error) {
    terminal?.destroy()
    throw error
  }
  statuses.expect(command.id)
  return startContainer(context, container, { stdio, prestart, statuses, fifos, oom })
}

/** A start before there is a container that could be ended. */
class Beginning {
  givenUp = false
  readonly #gone: Promise<void>
  #settle: (value: void | Promise<void>) => void = () => {}

  constructor() {
    this.#gone = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** Resolves when nothing of it is left. */
  giveUp(): Promise<void> {
    this.givenUp = true
    return this.#gone
  }

  /** It is a container now, or has failed. */
  over(gone?: Promise<unknown>): void {
    this.#settle(gone?.then(() => {}))
  }
}

/** The verb `run`: see Driver in @execd/core. */
export async function run(
  context: DriverContext,
  command: Command,
  options: RunOptions,
): Promise<DriverProcess> {
  const beginning = new Beginning()
  context.beginnings.set(command.id, () => beginning.giveUp())
  let container: LxcContainer | null = null
  try {
    const [host, statuses] = await Promise.all([context.host(), context.ready()])
    const fifos = await context.fifos.take(FIFOS_PER_START)
    const home = options.detached ? new Home(context.options.stateDir, command.id) : null
    container = newContainer(context, withChoices(command, host), host, home)
    container.cancelled = beginning.givenUp
    const running = start(context, container, { host, statuses, fifos, options })
    beginning.over(container.gone)
    return await running
  } finally {
    context.beginnings.delete(command.id)
    if (container === null) beginning.over()
  }
}

interface Begun extends Omit<Launch, 'prestart'> {
  readonly statuses: StatusPipe
}

/** Registers the container at once and starts it; rejects when everything is undone. */
async function start(
  context: DriverContext,
  container: LxcContainer,
  { host, statuses, fifos, options }: Begun,
): Promise<DriverProcess> {
  const { command, home } = container
  let made = false
  context.containers.set(command.id, container)
  let settled: () => void = () => {}
  container.gone = new Promise<void>((resolve) => {
    settled = resolve
  })
  let prestart: Prestart | null = null
  try {
    try {
      if (container.cancelled) throw givenUpError(command.id)
      await home?.create(context.tools, command.id, context.owner)
      made = true
      mkdirSync(container.dir, { mode: 0o711 }) // a user namespace must be able to pass
      const asked = prestartCheck(container, options.callbacks.prestart)
      prestart = asked === null ? null : new Prestart(fifos, command.id, asked)
      return await launch(context, container, { host, fifos, prestart, options })
    } catch (error) {
      throw sysctlError(container) ?? asStartError(error)
    }
  } catch (error) {
    statuses.forget(command.id)
    // else it all belongs to another one with the same id
    if (made) {
      await discardGroups(container.outer)
      await discardGroups(container.monitor)
      removeLock(container.state.dir, command.id)
      rmSync(container.dir, { recursive: true, force: true })
      home?.remove()
    }
    context.containers.delete(command.id)
    settled()
    throw error
  } finally {
    context.fifos.giveBack(fifos)
    prestart?.close()
    const { process } = container
    if (process !== null) void process.exited.then(settled)
  }
}

function sysctlError({ dir, command }: LxcContainer): Error | null {
  let text: string
  try {
    text = readFileSync(`${dir}/${FAILED_SYSCTL}`, 'utf8').trim()
  } catch {
    return null // nothing failed
  }
  const key = text.split('\n').at(-1) ?? ''
  return lxcError('EXECD_SYSCTL', `could not set the kernel parameter ${key}: ${text.split('\n')[0]}`, {
    details: {
      container: command.id,
      path: key === 'kernel.domainname' ? 'domainname' : `sysctl.${key}`,
      step: 'set a kernel parameter',
    },
  })
}

/** Errors of node:fs become typed; anything else, such as what a hook threw, stays as it is. */
function asStartError(error: unknown): unknown {
  if (ExecdError.is(error)) return error
  const syscall = typeof error === 'object' && error !== null && 'syscall' in error
  return syscall ? fileError('EXECD_START_FAILED', 'write the state of the container', error) : error
}
