import { FakeDriver } from '@execd/conformance/fake'
import {
  type Command,
  type DriverProcess,
  ExecdError,
  type ExecOptions,
  type ProcessSpec,
  type Target,
} from '@execd/core/driver'
import type { Broken } from './broken.js'

type Exec = Parameters<FakeDriver['exec']>

class SwapsStreamsOfExecs extends FakeDriver {
  override async exec(...call: Exec): Promise<DriverProcess> {
    const process = await super.exec(...call)
    const both = process.stderr !== null && call[2].args[2]?.includes('>&2')
    return both ? { ...process, stdout: process.stderr, stderr: process.stdout } : process
  }
}

class PassesEnvironmentToExecs extends FakeDriver {
  override exec(id: string, execId: string, spec: ProcessSpec, options: ExecOptions): Promise<DriverProcess> {
    const { env } = this.find(id).command.process
    return super.exec(id, execId, { ...spec, env: { ...env, ...spec.env } }, options)
  }
}

class ExecsOnTheHost extends FakeDriver {
  override exec(...call: Exec): Promise<DriverProcess> {
    const container = this.find(call[0])
    const rootfs = { ...container.command.rootfs, path: '/' } as Command['rootfs']
    this.active.set(call[0], { ...container, command: { ...container.command, rootfs } })
    return super.exec(...call)
  }
}

class LendsADescriptorToExecs extends FakeDriver {
  override exec(id: string, execId: string, spec: ProcessSpec, options: ExecOptions): Promise<DriverProcess> {
    const [shell, flag, script] = spec.args
    if (shell !== '/bin/sh' || flag !== '-c') return super.exec(id, execId, spec, options)
    const args = [shell, flag, `exec 5</etc/passwd; ${script}`]
    return super.exec(id, execId, { ...spec, args }, options)
  }
}

class CannotSayWhyAnExecFailed extends FakeDriver {
  override exec(...call: Exec): Promise<DriverProcess> {
    return super.exec(...call).catch((error: ExecdError) => {
      if (!error.code.startsWith('EXECD_PROGRAM')) throw error
      throw new ExecdError('EXECD_START_FAILED', error.message, { details: error.details })
    })
  }
}

class EndsAllWithAnExec extends FakeDriver {
  override async kill(target: Target, signal: number): Promise<void> {
    if (target.exec !== undefined && signal === 9) await this.terminate(target.id)
    else await super.kill(target, signal)
  }
}

/** Has one place for what an exec runs, and two moments of looking at it. */
class MixesExecs extends FakeDriver {
  #next: ProcessSpec | null = null

  override async exec(
    id: string,
    execId: string,
    spec: ProcessSpec,
    options: ExecOptions,
  ): Promise<DriverProcess> {
    this.#next = spec
    await new Promise((resolve) => setTimeout(resolve, 1))
    return super.exec(id, execId, this.#next, options)
  }
}

/** Faults of more processes in a container. */
export const EXEC_FAULTS: readonly Broken[] = [
  {
    fault: 'swaps stdout and stderr of an exec',
    create: () => new SwapsStreamsOfExecs(),
    fails: ['exec.output'],
  },
  {
    fault: 'gives an exec the environment of the container',
    create: () => new PassesEnvironmentToExecs(),
    fails: ['exec.env'],
  },
  { fault: 'starts an exec on the host', create: () => new ExecsOnTheHost(), fails: ['exec.same-container'] },
  {
    fault: 'lets a descriptor into an exec',
    create: () => new LendsADescriptorToExecs(),
    fails: ['exec.isolated-descriptors'],
  },
  {
    fault: 'does not say why an exec could not start',
    create: () => new CannotSayWhyAnExecFailed(),
    fails: ['exec.not-found'],
  },
  {
    fault: 'ends the container with an exec',
    create: () => new EndsAllWithAnExec(),
    fails: ['exec.tree', 'exec.timeout'],
  },
  { fault: 'mixes execs', create: () => new MixesExecs(), fails: ['exec.many'] },
]
