import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Files below a folder: path to content; an object becomes JSON. */
export type Files = Readonly<Record<string, string | object>>

/** A temporary application folder with files in it. */
export class App {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'execd-app-')))

  write(files: Files): this {
    for (const [path, content] of Object.entries(files)) {
      const file = this.path(path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    }
    return this
  }

  /** Installs a package in node_modules. */
  install(name: string, files: Files): this {
    return this.write(
      Object.fromEntries(
        Object.entries(files).map(([path, content]) => [`node_modules/${name}/${path}`, content]),
      ),
    )
  }

  path(path: string): string {
    return join(this.folder, path)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** ESM text of a driver. */
export const esm = (name: string, apiVersion = 1): string =>
  `export default { name: '${name}', apiVersion: ${apiVersion}, create: () => ({}) }\n`

/** CommonJS text of a driver. */
export const cjs = (name: string): string =>
  `module.exports = { name: '${name}', apiVersion: 1, create: () => ({}) }\n`
