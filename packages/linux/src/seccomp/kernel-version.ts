export interface KernelVersion {
  readonly major: number
  readonly minor: number
}

/** Reads `major.minor` from a kernel release such as `6.1.0-18-amd64`; undefined if it does not begin so. */
export function parseKernel(release: string): KernelVersion | undefined {
  const match = /^(\d{1,4})\.(\d{1,4})(?![\d])/.exec(release)
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : undefined
}

export function isAtLeast(kernel: KernelVersion, least: KernelVersion): boolean {
  return kernel.major > least.major || (kernel.major === least.major && kernel.minor >= least.minor)
}
