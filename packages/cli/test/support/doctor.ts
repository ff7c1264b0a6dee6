import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, findTestUser, type TestUser } from '@execd/test-support'
import { expect } from '@jest/globals'
import { installExecd } from './copy.js'

export interface Check {
  readonly name: string
  readonly status: string
  readonly reason: string
  readonly hint?: string
}

export interface Report {
  readonly status: number
  readonly checks: readonly Check[]
}

/** The engine that this host is a container of, if it is one. */
export const IN_DOCKER = existsSync('/.dockerenv')

/** How doctor is asked. */
export interface Where {
  /** Root's shell lines that take something away, in a mount namespace of their own. */
  readonly before?: string
  /** Words before the program, for root. */
  readonly wrap?: string
  readonly as?: 'root' | 'user'
  /** Default: native. */
  readonly driver?: string
  readonly env?: string
  /** Of the driver. */
  readonly options?: object
}

/** What doctor is expected to name: name of the check, its status, words of the reason and of the remedy, exit status. */
export type Expected = readonly [name: string, status: string, reason: RegExp, hint: RegExp, exit: number]

/** Programs that drivers run. */
const TOOLS = ['sh', 'unshare', 'mount', 'newuidmap', 'newgidmap', 'true', 'setpriv', 'env', 'cat', 'uname']
  .concat(['mkfifo', 'lxc-start', 'lxc-stop', 'lxc-attach', 'lxc-freeze', 'lxc-unfreeze'])
  .concat(['crun', 'runc'])

/** Root of a user namespace in which limits can be set, without rights: as an ordinary user. */
const limited = (limit: number, more: string): string =>
  `unshare --user --map-root-user sh -c 'echo ${limit} >/proc/sys/user/max_user_namespaces; exec ${more} setpriv --bounding-set=-all "$@"' x`

/** A copy of the command line with drivers that an ordinary user may read, and ways to take away what they need. */
export class DoctorGround {
  readonly folder = mkdtempSync(join(tmpdir(), 'execd-doctor-'))
  readonly user = findTestUser() as TestUser
  readonly program: string

  constructor() {
    chmodSync(this.folder, 0o755)
    this.program = installExecd(this.folder, this.user, ['native', 'lxc', 'oci'])
    writeFileSync(join(this.folder, 'empty'), '')
  }

  leave(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Asks doctor in a private mount namespace in which something was taken away. */
  ask({
    before = ':',
    wrap = '',
    as = 'user',
    driver = 'native',
    env = '',
    options = {},
  }: Where): Promise<Report> {
    const { uid, gid, home } = this.user
    const ids = `setpriv --reuid ${uid} --regid ${gid} --init-groups env HOME=${home}`
    const become = as === 'user' ? ids : 'env'
    const doctor = `'${this.program}' doctor --json --driver ${driver} --driver-options '${JSON.stringify(options)}'`
    const script = `set -e\n${before}\nexec ${wrap} ${become} ${env} ${doctor}`
    return this.run('unshare', ['--mount', 'sh', '-c', script])
  }

  /** The report that a program prints. */
  run(program: string, args: readonly string[]): Promise<Report> {
    return new Promise((resolve, reject) => {
      execFile(program, args, (error, stdout, stderr) => {
        try {
          const [finding] = JSON.parse(stdout) as [{ checks: Check[] }]
          resolve({ status: error === null ? 0 : Number(error.code), checks: finding.checks })
        } catch {
          reject(new Error(`no report: ${stdout}${stderr}`))
        }
      })
    })
  }

  /** A new folder that everybody may read. */
  newFolder(name: string): string {
    const path = mkdtempSync(join(this.folder, `${name}-`))
    chmodSync(path, 0o755)
    return path
  }

  /** A PATH that has every tool but some, and other programs in their place. */
  pathWithout(missing: readonly string[], scripts: Readonly<Record<string, string>> = {}): string {
    const bin = this.newFolder('bin')
    for (const name of TOOLS.filter((tool) => !missing.includes(tool))) {
      const found = findProgram(name)
      if (found !== undefined) symlinkSync(found, join(bin, name))
    }
    for (const [name, script] of Object.entries(scripts))
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    return `PATH=${bin}`
  }

  /** Lines that show an empty file instead of this one. */
  hide(path: string): string {
    return `mount --bind '${this.folder}/empty' ${path}`
  }

  /** Lines that show this file as a command on it prints it. */
  rewrite(path: string, command: string): string {
    const file = join(this.newFolder('file'), 'text')
    return `${command} ${path} >'${file}' || :; mount --bind '${file}' ${path}`
  }

  /** Lines that show a setting of the kernel that this one does not have. */
  setting(name: string, value: number): string {
    const copy = this.newFolder('kernel')
    return `cp -r /proc/sys/kernel/. '${copy}' 2>/dev/null || :
chmod -R a+rX '${copy}'; echo ${value} >'${copy}/${name}'; mount --bind '${copy}' /proc/sys/kernel`
  }

  /** In a chroot the kernel gives ordinary users no user namespaces (EPERM): what has to be done before it, and the words for it. */
  chroot(before = ':'): Pick<Where, 'before' | 'wrap'> {
    const root = this.newFolder('root')
    return { before: `${before}\nmount --rbind / '${root}'`, wrap: `chroot '${root}'` }
  }

  /** In a user namespace in which no other may be made. */
  readonly noNamespaces = limited(0, '')
  /** In a user namespace beside which no other may be made. */
  readonly noMoreNamespaces = limited(1, 'unshare --user --map-root-user')
}

/** Fails unless doctor has named a cause with its remedy. */
export function expectNamed(report: Report, [name, status, reason, hint, exit]: Expected): void {
  expect(report.checks.find((check) => check.name === name)).toMatchObject({
    status,
    reason: expect.stringMatching(reason),
    hint: expect.stringMatching(hint),
  })
  expect(report.status).toBe(exit)
}
