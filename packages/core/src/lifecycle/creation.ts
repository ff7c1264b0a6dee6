import type { Command } from '../command/command.js'
import { type CheckedCommand, checkCapabilities } from '../contract/check-capabilities.js'
import type { DriverProcess, ProcessIO } from '../contract/driver.js'
import type { CleanupProblem } from '../contract/exit.js'
import type { ExecdError } from '../errors/execd-error.js'
import { orAbort } from '../util/settle.js'
import { Container } from './container.js'
import type { Entry } from './container-table.js'
import { HookRunner } from './hooks.js'
import { launch } from './launch.js'
import { type Aftermath, Life } from './life.js'
import type { ManagedDriver } from './managed-driver.js'
import { OomRelay } from './oom-relay.js'
import type { StartPlan } from './parse-options.js'
import { resolveStdio, rotates, type StdioRules } from './stdio.js'
import { type Stopper, stoppedStart } from './stopper.js'

/** What a creation needs and tells. */
export interface Creation {
  readonly driver: ManagedDriver
  readonly stopper: Stopper
  readonly plan: StartPlan
  readonly stdio: StdioRules['defaults']
  /** The command passed all checks and goes to the driver. */
  onCreate(command: Command): void
  /** It runs; called in the same turn, before anything can be told of its end. */
  onLive(live: Live): void
  /** Everything of the container is gone; called before its verdict is given out. */
  onGone(): void
  /** A poststart or poststop hook failed. */
  onHookError(error: ExecdError): void
}

/** A container that runs. */
export interface Live extends Entry {
  readonly process: DriverProcess
}

/** Brings a command to life, poststart hooks done. Rejects, with nothing left behind and poststop hooks done, when it could not start. */
export async function createContainer(asked: Command, creation: Creation): Promise<Live> {
  const { driver, stopper, plan } = creation
  const what = `container ${asked.id}`
  const stopped = () => stoppedStart(what, stopper.interventions)
  const { command, skipped } =
    (stopper.stopped ? null : checkNow(asked, driver, plan)) ??
    (await orAbort(stopper.signal, check(asked, driver, plan), stopped))
  const { terminal } = command.process
  const io = resolveStdio(plan.stdio, { defaults: creation.stdio, terminal, detached: plan.detached })
  if (rotates(io)) await driver.ensure('rotate')
  const hooks = new HookRunner(command, plan.hooks, () => stopper.signal, creation.onHookError)
  const oom = new OomRelay()
  creation.onCreate(command)
  let process: DriverProcess
  try {
    const callbacks = { prestart: hooks.prestart, oom: oom.notify }
    const start = () => driver.call('run', command, { io, callbacks, detached: plan.detached })
    const kill = () => driver.call('terminate', command.id)
    process = await launch({ what, stopper, start, kill, clean: () => clean(driver, command.id) })
  } catch (error) {
    await hooks.poststop()
    throw error
  }
  const live = adopt({ command, io, process, hooks, oom, skipped, startedAt: Date.now() }, creation)
  await hooks.poststart({ id: command.id, status: 'running', pid: process.pid })
  return live
}

/** A process that a driver has. */
export interface Adoption {
  readonly command: Command
  readonly io: ProcessIO
  readonly process: DriverProcess
  readonly hooks: HookRunner
  readonly oom: OomRelay
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly skipped: readonly string[]
}

/** Makes the container of a process that runs. */
export function adopt(
  adoption: Adoption,
  creation: Pick<Creation, 'driver' | 'stopper' | 'plan' | 'onLive' | 'onGone'>,
): Live {
  const { command, process, hooks, skipped } = adoption
  const { driver, stopper, plan, onLive, onGone } = creation
  const kill = () => driver.call('terminate', command.id)
  const finish = async (): Promise<Aftermath> => {
    await hooks.poststop()
    const cleanup = await clean(driver, command.id)
    onGone()
    return { cleanup, hookErrors: hooks.errors }
  }
  const life = new Life({ target: { id: command.id }, process, driver, stopper, plan, skipped, kill, finish })
  const live = { container: new Container(life, adoption), life, process, detached: plan.detached }
  onLive(live)
  return live
}

/** As `check`, where all that it needs is known already; else null. */
function checkNow(asked: Command, driver: ManagedDriver, plan: StartPlan): CheckedCommand | null {
  if (driver.known === null || plan.detached || plan.hooks.prestart !== undefined) return null
  return checkCapabilities(asked, driver.known, driver.name, plan.skip)
}

/** What the driver is to be asked, or the error of what it cannot do. */
async function check(asked: Command, driver: ManagedDriver, plan: StartPlan): Promise<CheckedCommand> {
  if (plan.detached) await driver.ensure('detach')
  if (plan.hooks.prestart !== undefined) await driver.ensure('prestart')
  return checkCapabilities(asked, await driver.capabilities(), driver.name, plan.skip)
}

async function clean(driver: ManagedDriver, id: string): Promise<CleanupProblem[]> {
  try {
    await driver.call('clean', id)
    return []
  } catch (error) {
    const { code, message, details } = error as ExecdError
    return [{ step: `clean: ${message}`, errno: details.errno ?? code }]
  }
}
