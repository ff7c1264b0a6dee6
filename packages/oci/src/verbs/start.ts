import { readFileSync } from 'node:fs'
import type { HookState, ProcessIO } from '@execd/core/driver'
import type { ProcessIdentity } from '@execd/linux/proc'
import { errnoName, errnoText } from '../errno.js'
import { ociError } from '../errors.js'
import type { RootView } from '../host/root-view.js'
import { prepareStdio } from '../io/stdio.js'
import { Keeper, type KeeperOutcome, type KeeperStreams } from '../keeper/keeper.js'
import type { KeeperPlan } from '../keeper/plan.js'
import { decodeStatus, type KeeperFailure } from '../keeper/report.js'
import { FILES } from '../runtime/command-lines.js'
import { type FailedTool, toolFailure } from '../runtime/failure.js'
import { parseLog } from '../runtime/log.js'
import { makePrivate } from '../state/folders.js'
import { whyNotExecuted } from './why-not-executed.js'

/** What is started, in words. */
export interface StartSubject {
  readonly container: string
  readonly exec?: string
  readonly program: string
  /** PATH of the process. */
  readonly path: string | undefined
  readonly view: RootView
}

/** A process that runs. */
export interface Started {
  readonly keeper: Keeper
  readonly identity: ProcessIdentity
  readonly streams: KeeperStreams
}

/** What a start is told on its way. */
export interface StartHooks {
  /** The keeper is there: from now on it can be told to end. */
  readonly keeper: (keeper: Keeper) => void
  readonly prestart: ((state: HookState) => Promise<void>) | null
  readonly oom: () => void
}

/** What is known only when the folder of the process is there. */
export interface Preparation {
  readonly plan: Omit<KeeperPlan, 'stdio'>
  readonly subject: StartSubject
}

/**
 * Starts a keeper and through it a process; resolves when the program really runs. `prepare` fills the folder `dir`. When it does not come to that, rejects when nothing is
 * left but the folder.
 */
export async function startProcess(
  dir: string,
  io: ProcessIO,
  terminal: boolean,
  prepare: () => Promise<Preparation>,
  hooks: StartHooks,
): Promise<Started> {
  const prepared = prepareStdio(io, terminal)
  let keeper: Keeper
  try {
    keeper = await Keeper.spawn(dir, prepared.descriptors, hooks.oom)
  } finally {
    prepared.release()
  }
  let streams: KeeperStreams = { stdin: null, stdout: null, stderr: null }
  try {
    makePrivate(dir)
    const { plan, subject } = await prepare()
    hooks.keeper(keeper)
    streams = await keeper.begin({ ...plan, stdio: prepared.stdio })
    if (plan.hold && hooks.prestart !== null) await askPrestart(keeper, subject.container, hooks.prestart)
    const news = await Promise.race([keeper.started, keeper.outcome])
    if (news !== null && 'pid' in news) return { keeper, identity: news, streams }
    throw startError(news, plan, subject)
  } catch (error) {
    for (const stream of Object.values(streams)) stream?.destroy()
    keeper.giveUp()
    await keeper.outcome
    keeper.release() // that of a detached container waits for it
    throw error
  }
}

async function askPrestart(
  keeper: Keeper,
  id: string,
  prestart: (state: HookState) => Promise<void>,
): Promise<void> {
  const pid = await Promise.race([keeper.created, keeper.outcome])
  if (typeof pid !== 'number') return // what went wrong is told with the start
  const ended = keeper.outcome.then(() => {})
  await Promise.race([prestart({ id, status: 'creating', pid }), ended])
  keeper.go()
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const endText = (status: number): string => {
  const { exitCode, signal } = decodeStatus(status)
  return signal === null ? `ended with ${exitCode}` : `was ended by signal ${signal}`
}

function startError(
  outcome: KeeperOutcome,
  plan: Pick<KeeperPlan, 'dir' | 'create'>,
  subject: StartSubject,
): Error {
  const { container, exec, program } = subject
  const about = { container, ...(exec === undefined ? {} : { exec }) }
  if (outcome === null)
    return ociError('EXECD_START_FAILED', 'the keeper of the process was lost while it started', {
      details: { ...about, step: 'start' },
    })
  // a program that ran for a moment only is told as started before it is told as ended
  const failure: KeeperFailure =
    outcome.type === 'failed' ? outcome : { ...outcome, type: 'failed', stage: 'lost', code: 0, detail: '' }
  const { stage, code, detail } = failure
  const errno = { errno: errnoName(code), step: stage }
  switch (stage) {
    case 'create':
    case 'start': {
      const [runtime = '', ...args] = plan.create
      const tool: FailedTool = { ...about, runtime, args, program, ended: endText(code) }
      const log = parseLog(readText(`${plan.dir}/${FILES.log}`))
      const output = readText(`${plan.dir}/tools.log`).trim()
      return toolFailure(log.length > 0 || output === '' ? log : [output], tool)
    }
    case 'exec':
      return whyNotExecuted(subject.view, subject)
    case 'given-up':
      return ociError('EXECD_START_FAILED', 'the start was given up', {
        details: { ...about, step: 'start' },
      })
    case 'mount':
      return ociError('EXECD_ROOTFS', `could not mount the root file system: ${errnoText(code)}`, {
        hint: '`upper` and `work` must be on one file system that can hold an overlay (not another overlay, not NFS), and `work` must be empty',
        details: { ...about, errno: errnoName(code), step: 'mount the root file system', path: 'rootfs' },
      })
    default:
      return ociError(
        'EXECD_START_FAILED',
        `the process could not be started: ${stage} ${detail}: ${errnoText(code)}`,
        {
          details: { ...about, ...errno },
        },
      )
  }
}
