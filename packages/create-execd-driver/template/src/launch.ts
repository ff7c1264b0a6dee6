import { type Command, ExecdError, type ProcessSpec } from '@execd/core/driver'

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** What the C library of the host's own tools would act upon, outside the container and with the caller's rights: ld.so(8), environ(7). */
const READ_BY_TOOLS = /^(LD_.*|GLIBC_TUNABLES|GCONV_PATH|LOCPATH|NLSPATH|MALLOC_.*)$/
const NAMESPACES = ['--mount', '--pid', '--ipc', '--uts', '--cgroup'] as const

/** Paths of the tools of util-linux. */
export interface Tools {
  readonly unshare: string
  readonly nsenter: string
}

/**
 * The environment of a process: what the command says, and PATH and HOME if it does not say them. Nothing of the caller's. Pure.
 *
 * @throws ExecdError EXECD_UNSUPPORTED for variables that would change the tools which start the command
 */
export function environmentOf({ env }: ProcessSpec): Record<string, string> {
  const refused = Object.keys(env).filter((name) => READ_BY_TOOLS.test(name))
  if (refused.length > 0)
    throw new ExecdError(
      'EXECD_UNSUPPORTED',
      `process.env: ${refused.join(', ')} would act on tools of the host`,
      {
        hint: 'set it inside, with a shell or env(1)',
        details: { driver: 'sample', path: 'process.env' },
      },
    )
  return { PATH: DEFAULT_PATH, HOME: '/root', ...env }
}

/** The folder that a command has as its root: of the kinds of root file systems only "directory" is declared. Pure. */
export function rootOf({ rootfs }: Command): string {
  return rootfs.type === 'directory' ? rootfs.path : '/'
}

/** Arguments of unshare(1) that make the namespaces of a container, with `cat` as their process 1: see src/keeper.ts. Pure. */
export function keeperArguments(command: Command, privileged: boolean): string[] {
  const user = privileged ? [] : ['--user', '--map-root-user']
  return [...user, ...NAMESPACES, '--fork', `--mount-proc=${rootOf(command)}/proc`, '--', 'cat']
}

/**
 * Arguments of nsenter(1) that run a process in these namespaces: `unshare` changes the root and the working folder and becomes the program. Decisions such as
 * these belong in pure functions: they are tested without starting anything. Pure.
 */
export function enterArguments(
  keeper: number,
  command: Command,
  unshare: string,
  privileged: boolean,
): string[] {
  const { args, cwd } = command.process
  const user = privileged ? [] : ['--user', '--preserve-credentials']
  const change = [unshare, `--root=${rootOf(command)}`, `--wd=${cwd}`]
  return [...user, ...NAMESPACES, `--target=${keeper}`, '--', ...change, '--', ...args]
}
