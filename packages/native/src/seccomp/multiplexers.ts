import { letsThrough } from './actions.js'
import type { Outcome } from './decide.js'

// net/socket.c and ipc/syscall.c: the calls behind each.
const BEHIND: Readonly<Record<string, string>> = {
  socketcall:
    'socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown ' +
    'setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg',
  ipc: 'semop semget semctl semtimedop msgsnd msgrcv msgget msgctl shmat shmdt shmget shmctl',
}

export interface Hiding {
  readonly multiplexer: string
  /** The first call behind it that is treated otherwise. */
  readonly hidden: string
}

/** The multiplexers of i386 that would let calls through which the profile treats otherwise. */
export function findHiding(decide: (name: string) => Outcome): Hiding[] {
  return Object.entries(BEHIND).flatMap(([multiplexer, names]) => {
    const own = decide(multiplexer)
    const returns = [...own.rules.map((rule) => rule.ret), own.otherwise]
    if (!returns.some(letsThrough)) return []
    const hidden = names.split(' ').find((name) => decide(name).key !== own.key)
    return hidden === undefined ? [] : [{ multiplexer, hidden }]
  })
}
