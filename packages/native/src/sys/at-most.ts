/** What runs at most so many at a time; the others wait for their turn. */
export function atMost(most: number): <T>(run: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: Array<() => void> = []
  return async (run) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await run()
    } finally {
      const next = waiting.shift() // takes the place
      if (next === undefined) running -= 1
      else next()
    }
  }
}
