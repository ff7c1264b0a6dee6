import { randomBytes } from 'node:crypto'
import { type CommandInput, type Container, ExecdError, type Runtime, type StdioOption } from '@execd/core'
import { keepingEnd } from '../detached/keep-end.js'
import { type ContainerRecord, Records } from '../detached/records.js'
import { driverOptionsOf } from '../drivers/open.js'
import { keyed } from '../input/words.js'
import { print } from '../output/print.js'
import type { Given } from '../table/types.js'
import { UsageError } from '../usage-error.js'
import { stopOptionsOf } from './end-options.js'
import { graceOf } from './foreground-options.js'

const DEFAULT_SIZE = '10MiB'
const DEFAULT_FILES = 5

/** Starts a command that goes on when this process ends, with its output in files, and prints its id. */
export async function runDetached(runtime: Runtime, command: CommandInput, given: Given): Promise<number> {
  const records = new Records()
  const id = command.id ?? randomBytes(6).toString('hex')
  const logs = logChoicesOf(given)
  const record = recordOf(id, runtime, given)
  records.create(record)
  let container: Container
  try {
    container = await startWith(logs, (log) =>
      runtime.start(
        { ...command, id },
        {
          detached: true,
          skipUnsupported: given.texts('skip-unsupported'),
          stdio: {
            stdin: 'ignore',
            stdout: { file: records.outputFile(id, 'stdout'), ...log },
            stderr: { file: records.outputFile(id, 'stderr'), ...log },
          },
        },
      ),
    )
  } catch (error) {
    records.remove(id)
    throw error
  }
  await keepingEnd({ record }, container, () => print(`${id}\n`))
  return 0
}

function recordOf(id: string, runtime: Runtime, given: Given): ContainerRecord {
  graceOf(given) // refuses what is no time
  const { killSignal, gracePeriod } = stopOptionsOf(given)
  return {
    id,
    driver: given.text('driver') ?? process.env.EXECD_DRIVER ?? runtime.info().driver,
    driverOptions: driverOptionsOf(given),
    from: given.text('from') ?? null,
    stopSignal: killSignal,
    stopTimeout: gracePeriod,
    remove: given.on('rm'),
    starter: process.pid,
    taker: null,
    ended: null,
  }
}

type Log = Pick<Extract<StdioOption, { file: string }>, 'maxSize' | 'maxFiles'>

/** Starts with the first choice that the driver takes; what it refuses it refuses before anything starts. */
async function startWith(
  choices: readonly Log[],
  start: (log: Log) => Promise<Container>,
): Promise<Container> {
  for (const log of choices.slice(0, -1)) {
    try {
      return await start(log)
    } catch (error) {
      if (!ExecdError.is(error, 'EXECD_UNSUPPORTED')) throw error
    }
  }
  return start(choices.at(-1) ?? {})
}

/** How --log-opt has the output files kept small. By default they are, where the driver can: the choices in their order. Pure. */
export function logChoicesOf(given: Given): readonly Log[] {
  const words = new Map(
    given
      .texts('log-opt')
      .flatMap((text) => keyed('log-opt', text, { 'max-size': 'size', 'max-file': 'files' })),
  )
  const [size, files] = [words.get('size'), words.get('files')]
  if (size === 'unlimited' && files === undefined) return [{}]
  if (files !== undefined && !/^\d+$/.test(files))
    throw new UsageError(`--log-opt: wanted a number as max-file, got ${JSON.stringify(files)}`)
  const kept = {
    maxSize: size ?? DEFAULT_SIZE,
    maxFiles: files === undefined ? DEFAULT_FILES : Number(files),
  }
  return size === undefined && files === undefined ? [kept, {}] : [kept]
}
