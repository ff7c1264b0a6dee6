import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { must } from './run.js'

const PACKAGES = fileURLToPath(new URL('../../../', import.meta.url))

/** A package as `pnpm pack` makes it for publishing. */
export interface Packed {
  readonly manifest: { readonly name: string; readonly version: string }
  readonly tarball: string
  readonly integrity: string
  /** Paths in it. */
  readonly files: readonly string[]
}

/** Packs every package that is published and built on this machine into a folder. */
export async function packAll(folder: string): Promise<Packed[]> {
  const homes = readdirSync(PACKAGES).map((name) => join(PACKAGES, name))
  return Promise.all(homes.filter(isReady).map((home) => pack(home, folder)))
}

/** Of the helpers of the native driver only the one for this machine is built. */
function isReady(home: string): boolean {
  const { private: hidden, files } = manifestOf(home)
  return hidden !== true && (!files?.includes('bin/execd-init') || existsSync(join(home, 'bin/execd-init')))
}

/** Packs the package in a folder. */
export async function pack(home: string, folder: string): Promise<Packed> {
  const printed = await must(
    home,
    'pnpm',
    ['pack', '--json', '--pack-destination', folder],
    withWorkspaceTools(),
  )
  // Scripts of the package print before it.
  const { filename } = JSON.parse(printed.slice(printed.indexOf('{'))) as { filename: string }
  const tarball = join(folder, filename.split('/').at(-1) ?? '')
  const manifest = JSON.parse(
    await must(folder, 'tar', ['-xzOf', tarball, 'package/package.json']),
  ) as Packed['manifest']
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
  const listed = await must(folder, 'tar', ['-tzf', tarball])
  const files = listed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^package\//, ''))
  return { manifest, tarball, integrity, files }
}

function manifestOf(home: string): { private?: boolean; files?: string[] } {
  return JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
    private?: boolean
    files?: string[]
  }
}

/** The environment with the programs of the workspace, such as its pnpm, on PATH. */
export function withWorkspaceTools(): NodeJS.ProcessEnv {
  const bin = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url))
  return { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` }
}
