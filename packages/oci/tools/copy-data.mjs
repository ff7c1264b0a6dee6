// The default seccomp profile is data of @execd/native; this package ships a copy made when it is built.
import { copyFileSync, mkdirSync } from 'node:fs'

const from = new URL('../../native/data/', import.meta.url)
const to = new URL('../data/', import.meta.url)

mkdirSync(to, { recursive: true })
for (const name of ['seccomp-default.json', 'LICENSE-APACHE-2.0'])
  copyFileSync(new URL(name, from), new URL(name, to))
