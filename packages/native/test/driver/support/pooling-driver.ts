import type { Command, DriverProcess, RunOptions } from '@execd/core/driver'
import { NativeDriver, type NativeOptions } from '@execd/native'

/** Prepares a container before each start, so that every start that can be one is in a prepared container. */
export class PoolingDriver extends NativeDriver {
  constructor(options: NativeOptions) {
    super({ ...options, pool: true })
  }

  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    await this.prepare(command).catch(() => {}) // what is wrong with it, or that it cannot be prepared, its start will say
    return super.run(command, options)
  }
}
