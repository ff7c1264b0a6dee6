import { execFile } from 'node:child_process'

const TIMEOUT_MS = 5000

/** What came of a trial: it worked, or the system's words; null: it could not be tried. */
export type Outcome = { readonly worked: true } | { readonly worked: false; readonly words: string } | null

/** What was tried on this host, with the tools of util-linux, in namespaces that are gone again. */
export interface Trials {
  /** A user namespace; null also for root, who needs none. */
  readonly userNamespace: Outcome
  /** A mount namespace, where needed in a user namespace. */
  readonly mountNamespace: Outcome
  /** A fresh /proc in a pid namespace. */
  readonly procfs: Outcome
  /** An overlay. */
  readonly overlay: Outcome
}

/** Tries what a container needs of the kernel. */
export async function tryNamespaces(privileged: boolean): Promise<Trials> {
  const user = privileged ? [] : ['--user', '--map-root-user']
  const overlay = ['mount', '-t', 'overlay', 'overlay', '-o', 'lowerdir=/usr:/etc', '/usr']
  const [userNamespace, mountNamespace, procfs, mounted] = await Promise.all([
    privileged ? null : attempt([...user, 'true']),
    attempt([...user, '--mount', 'true']),
    attempt([...user, '--pid', '--fork', '--mount-proc', 'true']),
    attempt([...user, '--mount', ...overlay]),
  ])
  return { userNamespace, mountNamespace, procfs, overlay: mounted }
}

function attempt(args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MS, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
    execFile('unshare', args, options, (error, _stdout, stderr) => {
      if (error === null) resolve({ worked: true })
      else if (error.code === 'ENOENT') resolve(null)
      else
        resolve({ worked: false, words: stderr.trim().split('\n')[0] || `unshare ended with ${error.code}` })
    })
  })
}
