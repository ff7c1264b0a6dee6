/** A failed system call. Turned into an ExecdError by whoever knows what it was for. */
export class SyscallError extends Error {
  override readonly name = 'SyscallError'
  readonly syscall: string
  readonly errno: number

  constructor(syscall: string, errno: number) {
    super(`${syscall} failed with errno ${errno}`)
    this.syscall = syscall
    this.errno = errno
  }
}

export interface SpawnRequest {
  /** A descriptor of the program, at least 5; started as /proc/self/fd/N. */
  readonly program: number
  /** descriptors[n] becomes descriptor n of the new process; it sees no others that are close-on-exec. */
  readonly descriptors: readonly number[]
}

/**
 * The system calls that Node lacks. Every descriptor made here is close-on-exec. All calls but `spawn` return at once; they throw SyscallError.
 */
export interface Syscalls {
  /** pipe2(2): [read end, write end]. */
  pipe(): [number, number]
  /** fcntl(2) F_SETPIPE_SZ: the pipe holds so many bytes from now on, or what it held when the kernel refuses (limits of an ordinary user). */
  growPipe(fd: number, size: number): void
  /** socketpair(2), AF_UNIX, SOCK_STREAM. */
  socketpair(): [number, number]
  /** memfd_create(2) with the content, sealed against every change and executable. */
  sealedMemfd(name: string, content: Buffer): number
  /** send(2) without waiting: how many bytes the socket took, 0 when it is full. */
  send(socket: number, data: Buffer): number
  /** Whether the other end of a socket is closed and nothing is left to read. */
  isClosed(socket: number): boolean
  /** sendmsg(2) of the data with three descriptors (SCM_RIGHTS), without waiting: how many bytes the socket took, at least one. */
  sendDescriptors(socket: number, descriptors: readonly [number, number, number], data: Buffer): number
  /**
   * posix_spawn(3) in a session of its own, with an empty environment. Signals are those of the calling thread: the program resets them. Resolves with the process
   * id. Called on another thread, since the caller is held until the new process has executed its program, which takes long when no processor is free. The
   * descriptors must stay open until then.
   */
  spawn(request: SpawnRequest): Promise<number>
  /** close(2), for descriptors that Node's fs never saw. */
  close(fd: number): void
  /** waitpid(2) WNOHANG: whether the child was reaped (true also when there is no such child). */
  reap(pid: number): boolean
  /** fcntl(2) F_DUPFD_CLOEXEC: a duplicate that is not below `least`. */
  duplicate(fd: number, least: number): number
  /** recvmsg(2) of one descriptor (SCM_RIGHTS), which must be there already. */
  receiveDescriptor(socket: number): number
  /** ioctl(2) TIOCSWINSZ. */
  setWindowSize(fd: number, rows: number, columns: number): void
  /** ioctl(2) TIOCGPTPEER: opens the other end of a pseudo-terminal. */
  openTerminalPeer(master: number): number
  /** fcntl(2) F_OFD_SETLK of a whole file, exclusive, without waiting: whether it was got. It is held until the descriptor is closed, so not beyond this process. */
  lock(fd: number): boolean
  /** fcntl(2) F_OFD_GETLK: whether somebody else (not this descriptor) holds the lock. Changes nothing. */
  isLocked(fd: number): boolean
  /** getxattr(2) as text; null when there is none. At most 4096 bytes. */
  attribute(path: string, name: string): string | null
  /** pidfd_open(2): a descriptor of the process that has the id now. */
  openProcess(pid: number): number
  /** pidfd_send_signal(2). */
  signalProcess(processFd: number, signal: number): void
  /** Sends one message of rtnetlink that asks for an answer, in the own network namespace. Throws with the errno of the answer. */
  netlink(message: Uint8Array): void
}
