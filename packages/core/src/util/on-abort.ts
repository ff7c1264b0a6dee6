/** Those who wait for one signal, behind one listener. */
interface Waiting {
  readonly actions: Set<() => void>
  readonly listener: () => void
}

/** One listener for all: Node warns of a leak at the eleventh on an AbortSignal, and a signal for many runs is no leak. */
const waiting = new WeakMap<AbortSignal, Waiting>()

/** Calls `action` when the signal fires; never when it has fired already. Returns what takes it back. */
export function onAbort(signal: AbortSignal, action: () => void): () => void {
  const { actions, listener } = waiting.get(signal) ?? listen(signal)
  // A function of its own for each call, so that the same action twice is two.
  const own = (): void => action()
  actions.add(own)
  return () => {
    actions.delete(own)
    if (actions.size > 0) return
    signal.removeEventListener('abort', listener)
    if (waiting.get(signal)?.actions === actions) waiting.delete(signal)
  }
}

function listen(signal: AbortSignal): Waiting {
  const actions = new Set<() => void>()
  const listener = (): void => {
    for (const action of actions) action()
  }
  signal.addEventListener('abort', listener, { once: true })
  const entry = { actions, listener }
  waiting.set(signal, entry)
  return entry
}
