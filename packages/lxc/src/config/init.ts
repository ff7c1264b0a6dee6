import type { Command } from '@execd/core/driver'

/** Where LXC's own small init is mounted in the container. */
export const INIT_PATH = '/dev/.execd-init'

/** Whether a command runs under LXC's init: when it asks for one, and with a terminal, which nothing else of LXC makes the controlling one. Pure. */
export function usesInit({ init, process }: Command): boolean {
  return init || process.terminal
}

/** The program that LXC executes as process 1, with its arguments. Pure. */
export function firstProgram(command: Command): readonly string[] {
  const { args } = command.process
  return usesInit(command) ? [INIT_PATH, '--name', command.id, '-q', '--', ...args] : args
}
