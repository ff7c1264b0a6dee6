import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandInput, createRuntime, type DriverCapabilities, type RunOptions } from '@execd/core'
import { baseRootfs, lackingDefaults } from './base-command.js'
import type { CaseContext, More, Pair } from './context.js'
import { parseFacts } from './inside/parse.js'
import { FACTS_SCRIPT } from './inside/script.js'
import type { KitOptions } from './options.js'

/** What all cases of one run share. */
export interface Ground {
  readonly options: KitOptions
  readonly capabilities: DriverCapabilities
  readonly rootfs: string
}

/** A context, and the end of everything that was made through it. */
export interface Made {
  readonly context: CaseContext
  /** Closes the runtimes; rejects when one of them cannot be closed. */
  close(): Promise<void>
  /** Removes the rest. Does not reject. */
  remove(): Promise<void>
}

/** Makes the context of one case, with a driver of its own. */
export async function makeContext({ options, capabilities, rootfs }: Ground): Promise<Made> {
  const pairs: Pair[] = []
  const works: Array<() => unknown> = []
  const another = async (): Promise<Pair> => {
    const driver = await options.createDriver()
    const pair = { driver, runtime: await createRuntime({ driver }) }
    pairs.push(pair)
    return pair
  }
  const { driver, runtime } = await another()
  const base = baseRootfs(capabilities, rootfs)
  const skipUnsupported = lackingDefaults(capabilities, base)
  const command = (program: string | readonly string[], more: More = {}): CommandInput => ({
    ...more,
    rootfs: more.rootfs ?? base,
    process: { ...more.process, args: argsOf(program) },
  })
  const context: CaseContext = {
    options,
    capabilities,
    rootfs,
    skip: skipUnsupported,
    driver,
    runtime,
    another,
    command,
    has: (key) => capabilities.fields[key] === true,
    run: (program, more, run) =>
      runtime.run(command(program, more), { skipUnsupported, ...run, encoding: 'utf8' }),
    runBytes: (program, run) =>
      runtime.run(command(program), { skipUnsupported, ...run, encoding: 'buffer' }),
    start: (program, more, start) => runtime.start(command(program, more), { skipUnsupported, ...start }),
    exec: (container, program, process, exec) =>
      container.exec({ ...process, args: argsOf(program) }, { skipUnsupported, ...exec }),
    async inside(more?: More, run?: RunOptions) {
      const result = await context.run(FACTS_SCRIPT, more, run)
      return parseFacts(result.stdout)
    },
    scratch() {
      const folder = mkdtempSync(join(tmpdir(), 'execd-case-'))
      chmodSync(folder, 0o1777)
      works.push(() => rmSync(folder, { recursive: true, force: true }))
      return folder
    },
    after: (work) => void works.push(work),
  }
  return {
    context,
    async close() {
      const closed = await Promise.allSettled(pairs.map((pair) => pair.runtime.close()))
      const failed = closed.find(({ status }) => status === 'rejected')
      if (failed?.status === 'rejected') throw failed.reason
    },
    async remove() {
      for (const work of works.reverse()) {
        try {
          await work()
        } catch {
          // What a case made may be gone already.
        }
      }
    },
  }
}

function argsOf(program: string | readonly string[]): string[] {
  return typeof program === 'string' ? ['/bin/sh', '-c', program] : [...program]
}
