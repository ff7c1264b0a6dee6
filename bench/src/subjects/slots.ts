import type { Applet } from './subject.js'

/** A place where one command can run at a time: a name, and the configuration behind it. */
export interface Slot {
  readonly number: number
  readonly applet: string
  readonly args: readonly string[]
}

/** Places that are made in advance and used again: two containers that live at once never share a name or a configuration. */
export class Slots {
  readonly #make: (applet: Applet, number: number) => Promise<readonly string[]>
  readonly #free = new Map<string, Slot[]>()
  #made = 0

  constructor(make: (applet: Applet, number: number) => Promise<readonly string[]>) {
    this.#make = make
  }

  /** A free place, without waiting; undefined when one must be made first. */
  takeNow(applet: Applet): Slot | undefined {
    return this.#free.get(keyOf(applet))?.pop()
  }

  async take(applet: Applet): Promise<Slot> {
    const number = this.#made++
    return { number, applet: keyOf(applet), args: await this.#make(applet, number) }
  }

  giveBack(slot: Slot): void {
    const free = this.#free.get(slot.applet) ?? []
    free.push(slot)
    this.#free.set(slot.applet, free)
  }

  /** Makes places until `count` are free. */
  async prepare(applet: Applet, count: number): Promise<void> {
    while ((this.#free.get(keyOf(applet))?.length ?? 0) < count) this.giveBack(await this.take(applet))
  }
}

function keyOf(applet: Applet): string {
  return applet.join('\0')
}
