import { createRuntime } from '@execd/core'
import { native } from '@execd/native'

const TIOCSTI = '0x5412'

/** On a terminal of its own: a container that has this process's descriptors tries to type into it. */
async function main(cgroupParent: string): Promise<void> {
  const runtime = await createRuntime({ driver: native({ cgroupParent }) })
  const attempt = `open(my $h, "+<&=", $_); print ioctl($h, ${TIOCSTI}, my $c = "x") ? "typed\\n" : "refused $_: $!\\n"`
  const tty = 'print open(my $t, "+<", "/dev/tty") ? "has a terminal\\n" : "has no terminal\\n"'
  const args = ['perl', '-e', `$| = 1; for (0, 1, 2) { ${attempt} } ${tty}`]
  await runtime.run({ rootfs: { type: 'host' }, process: { args } }, { stdio: 'inherit' })
  await runtime.close()
}

const [parent = ''] = process.argv.slice(2)
await main(parent)
