import type { CommandEntry, CommandHead, Flag } from '../table/types.js'

/** A command with all that is said of it. */
export interface CommandModel extends Pick<CommandHead, 'name' | 'summary' | 'section'> {
  readonly entry: CommandEntry
}

/** The whole table, loaded. */
export async function loadModel(): Promise<CommandModel[]> {
  const { COMMANDS } = await import('../table/commands.js')
  return Promise.all(
    COMMANDS.map(async ({ name, summary, section, entry }) => ({
      ...{ name, summary, section },
      entry: (await entry()).ENTRY,
    })),
  )
}

/** Every option of a command, in the order of its help. Pure. */
export function flagsOf({ entry }: CommandModel): Flag[] {
  return entry.groups.flatMap(({ flags }) => flags)
}

/** The ways to write an option, such as "-m" and "--memory". Pure. */
export function spellings({ name, short }: Flag): string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`]
}
