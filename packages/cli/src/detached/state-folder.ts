import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Where the command line keeps the output and the records of detached containers: EXECD_STATE_DIR, else /var/lib/execd/cli for root, else
 * $XDG_STATE_HOME/execd/cli (~/.local/state/execd/cli).
 */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { EXECD_STATE_DIR, XDG_STATE_HOME } = env
  if (EXECD_STATE_DIR) return EXECD_STATE_DIR
  if (process.geteuid?.() === 0) return '/var/lib/execd/cli'
  // The specification wants a relative path ignored.
  const home = XDG_STATE_HOME?.startsWith('/') ? XDG_STATE_HOME : join(homedir(), '.local/state')
  return join(home, 'execd/cli')
}
