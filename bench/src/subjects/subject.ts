import type { Readable } from 'node:stream'
import type { Workshop } from '../host/workshop.js'

/** A program of busybox with its arguments, such as ["true"]. Every subject runs the same busybox. */
export type Applet = readonly string[]

/** What a subject does for each command, in a word or two: nobody shall be compared with less work than they did. */
export interface Deeds {
  /** Namespaces of its own. */
  readonly namespaces: string
  /** What network the command sees. */
  readonly network: string
  /** What the command sees as its root. */
  readonly root: string
  readonly seccomp: string
  readonly capabilities: string
  readonly limits: string
  readonly devices: string
  /** What the caller gets back. */
  readonly result: string
}

/** A command that runs. */
export interface Running {
  readonly stdout: Readable
  /** Resolves when it ended with 0 and all output was delivered. */
  readonly finished: Promise<void>
  /** The processes that stay beside the command for as long as it runs. */
  overhead(): number[]
  /** One more command in the same container, start to exit. Missing where the subject has no such thing. */
  readonly exec?: (applet: Applet) => Promise<void>
  /** One sample of its counters. Missing where the subject has no such thing. */
  readonly stats?: () => Promise<void>
  /** Ends it and waits. */
  stop(): Promise<void>
}

/** One way to run a command, as it would be called from Node. */
export interface Subject {
  readonly name: string
  readonly deeds: Deeds
  /** Whether the command's stdin, stdout and exit status are the caller's. */
  readonly passesStreams: boolean
  /** Makes ready and proves that it runs. Gives its version; throws an Error that says why it cannot run here. */
  prepare(workshop: Workshop): Promise<string>
  /** Makes everything that `count` commands at a time need, so that it is not in the time of `run`. */
  ready(applet: Applet, count: number): Promise<void>
  /** Done before each sample, outside of the time: what the last one used up is there again. */
  settle?(): Promise<void>
  /** From the call to the end, output collected. Rejects when the command did not exit with 0. */
  run(applet: Applet): Promise<void>
  /** Starts a command with streams, where it passes them. The command may wait for the end of its stdin. */
  start(applet: Applet): Promise<Running>
  dispose(): Promise<void>
}
