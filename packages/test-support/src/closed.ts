const CLOSE =
  'for fd in /proc/self/fd/*; do fd="$(basename "$fd")"; [ "$fd" -le 2 ] || eval "exec $fd>&-"; done; exec "$@"'

/**
 * The command line of a program that inherits the three standard descriptors only. Node passes on what it inherited itself, such as a pipe that a shell around the tests
 * left open.
 */
export function closed(program: string, args: readonly string[]): readonly [string, string[]] {
  return ['bash', ['-c', CLOSE, 'bash', program, ...args]]
}
