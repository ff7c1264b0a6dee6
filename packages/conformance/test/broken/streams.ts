import { closeSync } from 'node:fs'
import { PassThrough, Writable } from 'node:stream'
import { FakeDriver } from '@execd/conformance/fake'
import type { Command, DriverProcess, ProcessIO, Rotation, RunOptions } from '@execd/core/driver'
import type { Broken } from './broken.js'

class MergesStreams extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const process = await super.run(command, options)
    if (process.stdout === null || process.stderr === null) return process
    const stdout = new PassThrough()
    let open = 2
    for (const stream of [process.stdout, process.stderr]) {
      stream.pipe(stdout, { end: false })
      stream.once('close', () => {
        open -= 1
        if (open === 0) stdout.end()
      })
    }
    stdout.once('close', () => process.stdout?.destroy())
    return { ...process, stdout, stderr: new PassThrough().end() }
  }
}

class ReadsAhead extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const process = await super.run(command, options)
    const stdout = process.stdout?.pipe(new PassThrough({ highWaterMark: 2 ** 30 })) ?? null
    stdout?.once('close', () => process.stdout?.destroy())
    return { ...process, stdout }
  }
}

class KeepsInputOpen extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const process = await super.run(command, options)
    const { stdin } = process
    if (stdin === null) return process
    stdin.on('error', () => {})
    const half = new Writable({ write: (chunk, _encoding, done) => void stdin.write(chunk, () => done()) })
    return { ...process, stdin: half }
  }
}

class ClosesBorrowed extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const process = await super.run(command, options)
    const { stdout } = options.io
    if (stdout.type === 'fd') closeSync(stdout.fd)
    return process
  }
}

class NeverAppends extends FakeDriver {
  override run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const { stdout } = options.io
    const io: ProcessIO =
      stdout.type === 'file' ? { ...options.io, stdout: { ...stdout, append: false } } : options.io
    return super.run(command, { ...options, io })
  }
}

class SwapsStreams extends FakeDriver {
  override async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const process = await super.run(command, options)
    const both =
      process.stdout !== null && process.stderr !== null && command.process.args[2]?.includes('to stderr')
    return both ? { ...process, stdout: process.stderr, stderr: process.stdout } : process
  }
}

/** What it makes of the rotation that it is asked for. */
function rotating(change: (rotation: Rotation) => Rotation | null): () => FakeDriver {
  return () =>
    new (class extends FakeDriver {
      override run(command: Command, options: RunOptions): Promise<DriverProcess> {
        const { stdout } = options.io
        if (stdout.type !== 'file' || stdout.rotate === null) return super.run(command, options)
        const io = { ...options.io, stdout: { ...stdout, rotate: change(stdout.rotate) } }
        return super.run(command, { ...options, io })
      }
    })()
}

/** Faults of the standard streams. */
export const STREAM_FAULTS: readonly Broken[] = [
  {
    fault: 'reports the end before all of the output is delivered',
    create: () => new FakeDriver({ outputLimit: 4096 }),
    fails: ['stdio.large', 'stdio.large-both', 'stdio.back-pressure', 'timeouts.output-limit', 'exec.large'],
  },
  { fault: 'swaps stdout and stderr', create: () => new SwapsStreams(), fails: ['stdio.separate'] },
  {
    fault: 'merges stderr into stdout',
    create: () => new MergesStreams(),
    fails: [
      'lifecycle.output-after-exit',
      'stdio.separate',
      'stdio.large-both',
      'stdio.closed-inside',
      'stdio.back-pressure',
    ],
  },
  { fault: 'reads ahead without an end', create: () => new ReadsAhead(), fails: ['stdio.back-pressure'] },
  {
    fault: 'does not pass on the end of stdin',
    create: () => new KeepsInputOpen(),
    fails: [
      'stdio.binary',
      'stdio.large-input',
      'stdio.input-end',
      'cleanup.descriptors',
      'cleanup.children',
      'cleanup.mounts',
      'cleanup.leftovers',
    ],
  },
  {
    fault: 'closes a descriptor that it was lent',
    create: () => new ClosesBorrowed(),
    fails: ['stdio.descriptor'],
  },
  {
    fault: 'empties a file that it should append to',
    create: () => new NeverAppends(),
    fails: ['stdio.files'],
  },
  {
    fault: 'never rotates',
    create: rotating(() => null),
    fails: ['stdio.rotate', 'stdio.rotate-most'],
  },
  {
    fault: 'throws away what it rotates',
    create: rotating((rotation) => ({ ...rotation, maxFiles: Math.min(rotation.maxFiles, 3) })),
    fails: ['stdio.rotate'],
  },
  {
    fault: 'keeps one rotated file too many',
    create: rotating((rotation) => ({ ...rotation, maxFiles: rotation.maxFiles + 1 })),
    fails: ['stdio.rotate-most'],
  },
]
