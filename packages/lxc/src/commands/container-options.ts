/** The container that a tool works on, and where the tool writes its log. */
export interface ContainerOptions {
  readonly id: string
  readonly state: string
  readonly config: string
  readonly log: string
}

/** The options of every tool for it. NOTICE is the least that tells when the command was executed; one level more would be a thousand lines of seccomp rules. */
export function containerOptions({ id, state, config, log }: ContainerOptions): string[] {
  return ['-n', id, '-P', state, '-f', config, '-o', log, '-l', 'NOTICE']
}
