// Builds the keeper for this machine; the release builds it for the other architecture too.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
  console.log(`not built here: the keeper (this is ${process.platform}-${process.arch})`)
} else {
  const helper = fileURLToPath(new URL('../helper', import.meta.url))
  const { status } = spawnSync('make', ['--no-print-directory', '--silent', '-C', helper], {
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
}
