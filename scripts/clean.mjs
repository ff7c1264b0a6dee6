// Removes what builds and tests wrote; node_modules stays.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolders, root } from './lib/workspace.mjs'

const WRITTEN = ['dist', 'dist-test', '.turbo', '.test-results']

for (const folder of packageFolders()) {
  for (const name of WRITTEN) rmSync(join(root, folder, name), { recursive: true, force: true })
}
rmSync(join(root, '.turbo'), { recursive: true, force: true })
