import type { ProcessSpec } from '../command/command.js'
import type { Life } from './life.js'
import { LiveProcess } from './live-process.js'
import type { OomRelay } from './oom-relay.js'
import type { Verdict } from './verdict.js'

/** What listeners of an execution are called with. */
export interface ExecutionEvents {
  /** The kernel killed something of it for want of memory. Only from drivers that can tell while it runs. */
  oom: []
  /** It and its descendants are gone. */
  exit: [verdict: Verdict]
}

/** One more process in a container, started by `container.exec`. */
export class Execution extends LiveProcess<ExecutionEvents> implements AsyncDisposable {
  readonly #life: Life
  /** The process, with every default. */
  readonly process: ProcessSpec

  constructor(life: Life, process: ProcessSpec, oom: OomRelay) {
    super(life, process.terminal)
    this.#life = life
    this.process = process
    oom.connect(() => this.emit('oom'))
    life.ended.then(
      (verdict) => this.emit('exit', verdict),
      () => {},
    )
  }

  /** New for each exec. */
  get id(): string {
    return this.#life.parts.target.exec ?? ''
  }

  get status(): 'running' | 'stopping' | 'stopped' {
    return this.#life.status === 'stopped' || this.#life.status === 'stopping' ? this.#life.status : 'running'
  }

  /** SIGKILL to it and its descendants; resolves with the verdict when they are gone. No error after the end. */
  terminate(): Promise<Verdict> {
    return this.#life.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate()
  }
}
