/** Octal numbers of /proc/self/mountinfo as letters again. */
export function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

/** Mount points at or below a path, outer ones first, from the text of /proc/self/mountinfo. Pure. */
export function mountsBelow(mountinfo: string, path: string): string[] {
  const below = path === '/' ? '/' : `${path}/`
  const targets = mountinfo.split('\n').flatMap((line) => {
    const target = line.split(' ')[4]
    return target === undefined ? [] : [unescapeOctal(target)]
  })
  return [...new Set(targets)].filter((target) => target !== path && target.startsWith(below)).sort()
}
