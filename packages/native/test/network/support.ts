import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { CommandInput } from '@execd/core'
import { until } from '../driver/support/until.js'

export type Wanted = Partial<NonNullable<NonNullable<CommandInput['network']>['interfaces']>[number]>

/** ip(8), with words separated by single spaces. */
export function ip(words: string): string {
  return execFileSync('ip', words.split(' '), { encoding: 'utf8' })
}

/** A bridge of the host that a test makes and removes. */
export class Bridge {
  readonly name = `execd-t${randomBytes(3).toString('hex')}`

  readonly net: number

  /** 10.203.N.1 and fd00:cb:N::1 are the host's own addresses on the bridge. */
  constructor(net: number) {
    this.net = net
    ip(`link add ${this.name} type bridge`)
    ip(`addr add 10.203.${net}.1/24 dev ${this.name}`)
    ip(`addr add fd00:cb:${net}::1/64 dev ${this.name} nodad`)
    ip(`link set ${this.name} up`)
  }

  remove(): void {
    if (existsSync(`/sys/class/net/${this.name}`)) ip(`link del ${this.name}`)
  }

  /** Names of the outer ends at it. */
  ports(): string[] {
    return readdirSync(`/sys/class/net/${this.name}/brif`)
  }

  /** A file of its one port in /sys/class/net. */
  ofPort(file: string): string {
    const [port, ...more] = this.ports()
    if (port === undefined || more.length > 0) throw new Error(`${more.length + 1} ports, or none`)
    return readFileSync(`/sys/class/net/${port}/${file}`, 'utf8').trim()
  }

  /** An interface at it with the host address `host` of both families. */
  at(host: number, more: Wanted = {}): NonNullable<CommandInput['network']> {
    return { mode: 'bridge', interfaces: [this.interface(host, more)] }
  }

  interface(host: number, more: Wanted = {}) {
    return {
      bridge: this.name,
      address: `10.203.${this.net}.${host}`,
      address6: `fd00:cb:${this.net}::${host}`,
      ...more,
    }
  }

  /** After the death of who would have removed them the kernel does, when it comes to it. */
  async becomesEmpty(): Promise<void> {
    await until('no outer end is left', () => this.ports().length === 0)
  }
}
