import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packAll, withWorkspaceTools } from './packing.js'
import { type Ended, must, run } from './run.js'
import { openShelf } from './shelf.js'

/** An empty project that sees what is published. */
export interface Project {
  readonly folder: string
  /** Writes files, by their paths. */
  write(files: Readonly<Record<string, string>>): void
  npm(...args: readonly string[]): Promise<string>
  pnpm(...args: readonly string[]): Promise<string>
  /** Runs Node in the project. */
  node(...args: readonly string[]): Promise<Ended>
}

/** Where projects of a test file are made. */
export interface Outside {
  /** A new one. */
  project(name: string): Project
  /** One that something else made. */
  existing(name: string): Project
  /** The packed file of a package. */
  tarball(name: string): string
  /** Ends the offer and removes everything. */
  close(): void
}

/** Packs the workspace, offers it, and makes projects that install from there, and everything else from where npm gets it. */
export async function outside(): Promise<Outside> {
  const home = mkdtempSync(join(tmpdir(), 'execd-outside-'))
  const tarballs = join(home, 'tarballs')
  mkdirSync(tarballs)
  const packed = await packAll(tarballs)
  const shelf = await openShelf(packed)
  return {
    project(name) {
      const project = projectIn(join(home, name), shelf.url)
      project.write({ 'package.json': JSON.stringify({ name: 'application', private: true }) })
      return project
    },
    existing: (name) => projectIn(join(home, name), shelf.url),
    tarball: (name) => packed.find(({ manifest }) => manifest.name === name)?.tarball ?? '',
    close() {
      shelf.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function projectIn(folder: string, url: string): Project {
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
  }
  write({
    '.npmrc': `@execd:registry=${url}
prefer-offline=true
audit=false
fund=false
`,
  })
  // What npm that runs these tests says to its scripts is not for the npm that is started here.
  const kept = Object.entries(withWorkspaceTools()).filter(([name]) => !/^(npm_|pnpm_|NODE_)/i.test(name))
  const env = Object.fromEntries(kept)
  return {
    folder,
    write,
    npm: (...args) => must(folder, 'npm', args, env),
    pnpm: (...args) => must(folder, 'pnpm', args, env),
    node: (...args) => run(folder, process.execPath, args, env),
  }
}
