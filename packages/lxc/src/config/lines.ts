import { unsupported } from '../errors.js'

/** What LXC takes off both ends of a value, and what it takes for quotes. */
const NEEDS_QUOTES = /^[\s'"]|[\s'"]$/

/**
 * One line of configuration, as LXC's parser (confile.c, parse_line) reads it back: it ends at a line break or NUL, blanks around the value go, and one pair of
 * equal quotes around it goes. There is no escape character, so quotes are put around values that begin or end with a blank or a quote, and a value with a line
 * break or NUL is refused. `field` names it in the error.
 *
 * @throws ExecdError EXECD_UNSUPPORTED
 */
export function line(key: string, value: string | number, field = key): string {
  const text = String(value)
  if (/[\0\r\n]/.test(text))
    throw unsupported(field, 'a value in a configuration of LXC cannot hold a line break or NUL')
  return `${key} = ${NEEDS_QUOTES.test(text) ? `"${text}"` : text}`
}

/** A field of a mount entry, which has the syntax of fstab(5): the four letters that getmntent(3) knows as octal numbers. */
export function fstabField(text: string): string {
  return text.replace(/[ \t\n\\]/g, (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

/** A line that mounts: `target` is a path inside the container. */
export function mountLine(source: string, target: string, type: string, options: readonly string[]): string {
  const fields = [fstabField(source), fstabField(target.slice(1)), type, options.map(fstabField).join(',')]
  return line('lxc.mount.entry', `${fields.join(' ')} 0 0`)
}

/** A word for a shell, whatever is in it. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9._/=:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
