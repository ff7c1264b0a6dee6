import type { Live } from '../run/live.js'
import { copyIn, copyOut } from '../run/streams.js'
import type { EscapeAction } from './escapes.js'
import { EscapeFilter } from './escapes.js'
import { RawKeyboard } from './raw.js'
import { terminalSize } from './size.js'

/** How a terminal session is held. */
export interface SessionOptions {
  readonly interactive: boolean
  /** Byte that begins an escape, or null for no escapes. */
  readonly escapeByte: number | null
  /** The user asked for the end of the program. */
  onEnd(): void
}

/** Joins the terminal of this process with a program's until all that the program wrote is shown. */
export async function holdSession(live: Live, options: SessionOptions): Promise<void> {
  const keyboard = new RawKeyboard()
  const shown = copyOut(live.stdout, process.stdout)
  const follow = (): void => {
    const size = terminalSize()
    if (size !== null) void live.resize(size).catch(() => {})
  }
  process.on('SIGWINCH', follow)
  process.on('SIGCONT', follow)
  let undo = (): void => {}
  try {
    if (options.interactive) {
      keyboard.take()
      undo = copyIn(process.stdin, live.stdin, filterOf(keyboard, options))
    }
    follow()
    await shown
  } finally {
    process.off('SIGWINCH', follow)
    process.off('SIGCONT', follow)
    undo()
    if (options.interactive) keyboard.release()
  }
}

function filterOf(keyboard: RawKeyboard, { escapeByte, onEnd }: SessionOptions): EscapeFilter | undefined {
  if (escapeByte === null) return undefined
  const acts: Record<EscapeAction, () => void> = {
    end: onEnd,
    stop: keyboard.stop,
    help: () => process.stdout.write(helpOf(String.fromCharCode(escapeByte))),
  }
  return new EscapeFilter(escapeByte, (action) => acts[action]())
}

function helpOf(character: string): string {
  const lines = [
    ['.', 'end the program'],
    ['^Z', 'stop execd; fg goes on'],
    ['?', 'show this list'],
    [character, 'type the character itself'],
  ]
  return `${lines.map(([key = '', text]) => `\r\n ${character}${key.padEnd(3)} ${text}`).join('')}\r\n`
}
