/** A time as core takes it; a number alone is in seconds, as in `docker stop -t` and timeout(1). Pure. */
export function timeText(text: string): string {
  return /^\d+(\.\d+)?$/.test(text) ? `${text}s` : text
}
