/** Writes to stdout and waits until it is written. A reader that went away is no failure. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error === null || error === undefined || isGone(error)) resolve()
      else reject(error)
    })
  })
}

export function printJson(value: unknown): Promise<void> {
  return print(`${JSON.stringify(value, null, 2)}\n`)
}

function isGone(error: Error): boolean {
  return 'code' in error && error.code === 'EPIPE'
}
