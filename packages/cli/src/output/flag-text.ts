import type { Flag } from '../table/types.js'

/** The option as it is written, such as "-m, --memory SIZE". Pure. */
export function flagText({ name, short, value }: Flag): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
}
