/** The words of a text such as that of `cgroup.controllers`. */
export function words(text: string | null): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '')
}

/** Joins a directory and a relative or absolute group path, without doubled slashes. */
export function joinPath(dir: string, ...names: readonly string[]): string {
  return [dir, ...names]
    .join('/')
    .replace(/\/{2,}/g, '/')
    .replace(/(.)\/$/, '$1')
}
