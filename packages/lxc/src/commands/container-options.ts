/** The container that a tool works on, and where the tool writes its log. */
export interface ContainerOptions {
  readonly id: string
  readonly state: string
  readonly config: string
  readonly log: string
}

/** The least that tells when the command was executed; one level more would be a thousand lines of seccomp rules. */
export const LEVEL = 'NOTICE'

/** The options of every tool for it. */
export function containerOptions(options: ContainerOptions): string[] {
  return [...nameOptions(options), '-o', options.log, '-l', LEVEL]
}

/** The same without the log. */
export function nameOptions({ id, state, config }: ContainerOptions): string[] {
  return ['-n', id, '-P', state, '-f', config]
}
