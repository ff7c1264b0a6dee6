/** The part that blocks use; `packages/install-tests` runs the real one. */
declare module 'vitest' {
  const test: (name: string, work: () => Promise<void>, timeoutMs?: number) => void
}
