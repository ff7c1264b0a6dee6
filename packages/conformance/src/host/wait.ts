/** Resolves after a time in milliseconds. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** Waits until a question is answered with anything but null, undefined or false. Rejects with the words when the time in milliseconds is over. */
export async function until<T>(
  words: string,
  ask: () => T | Promise<T>,
  milliseconds = 5000,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + milliseconds
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false)
      return answer as NonNullable<Exclude<T, false>>
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${words}`)
    await sleep(10)
  }
}

/** Waits until a number has not changed for `still` milliseconds, and gives it. Rejects with the words when that takes too long. */
export async function settled(
  words: string,
  read: () => number,
  still: number,
  milliseconds = 3000,
): Promise<number> {
  let last = read()
  let since = performance.now()
  await until(
    words,
    () => {
      const now = read()
      if (now !== last) since = performance.now()
      last = now
      return performance.now() - since >= still
    },
    milliseconds,
  )
  return last
}
