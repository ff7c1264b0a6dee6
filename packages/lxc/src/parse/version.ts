/** Reads the output of `lxc-start --version`: "5.0.2", or of old releases "lxc version: 1.0.8". Null for anything else. Pure. */
export function parseVersion(text: string): { text: string; major: number; minor: number } | null {
  const [, version, major, minor] =
    /^(?:lxc version: )?((\d+)\.(\d+)(?:[.~-][0-9A-Za-z.~-]+)?)\s*$/.exec(text) ?? []
  return version === undefined ? null : { text: version, major: Number(major), minor: Number(minor) }
}
