import { readFileSync, readlinkSync } from 'node:fs'
import { identify } from '@execd/linux/proc'

/** Who wrote something down. Plain data: a start time is text. */
export interface Writer {
  readonly pid: number
  /** Clock ticks from boot to its start. */
  readonly startTime: string
  /** Name of its pid namespace, such as "pid:[4026531836]": in another one its ids mean nothing. */
  readonly pidNamespace: string
  /** Changes with each boot. */
  readonly bootId: string
}

let own: Writer | null = null

/** This process. */
export function thisProcess(): Writer {
  own ??= {
    pid: process.pid,
    startTime: String(identify(process.pid)?.startTime ?? 0n),
    pidNamespace: readlinkSync('/proc/self/ns/pid'),
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  }
  return own
}

/** Whether what somebody wrote down of processes means something here. */
export function isReadableHere(writer: Writer): boolean {
  return writer.bootId === thisProcess().bootId && writer.pidNamespace === thisProcess().pidNamespace
}

/** The text as of `JSON.stringify` of a writer; null when it is none. */
export function parseWriter(text: string): Writer | null {
  try {
    const value = JSON.parse(text) as Partial<Writer>
    const { pid, startTime, pidNamespace, bootId } = value
    if (typeof pid !== 'number' || typeof startTime !== 'string') return null
    if (typeof pidNamespace !== 'string' || typeof bootId !== 'string') return null
    return { pid, startTime, pidNamespace, bootId }
  } catch {
    return null
  }
}
