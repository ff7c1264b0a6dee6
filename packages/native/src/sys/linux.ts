import { createRequire } from 'node:module'
import { O_CLOEXEC, O_NOCTTY, O_RDWR } from '../linux/constants.js'
import { atMost } from './at-most.js'
import { orMissing } from './bundled.js'
import { isLock, wholeFile } from './file-lock.js'
import { type SpawnRequest, SyscallError, type Syscalls } from './syscalls.js'

type Koffi = typeof import('koffi')

const AF_UNIX = 1
const AF_NETLINK = 16
const SOCK_RAW = 3
const NETLINK_ROUTE = 0
const NLMSG_ERROR = 2
const SOCK_STREAM = 1
const SOCK_CLOEXEC = 0o2000000
const MFD_CLOEXEC = 1
const MFD_ALLOW_SEALING = 2
const MFD_EXEC = 0x10
const F_DUPFD_CLOEXEC = 1030
const F_SETPIPE_SZ = 1031
const F_ADD_SEALS = 1033
const F_OFD_GETLK = 36
const F_OFD_SETLK = 37
const ALL_SEALS = 0xf // F_SEAL_SEAL | SHRINK | GROW | WRITE
const WNOHANG = 1
const TIOCSWINSZ = 0x5414
const TIOCGPTPEER = 0x5441
const SOL_SOCKET = 1
const SCM_RIGHTS = 1
const MSG_PEEK = 2
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
const MSG_CMSG_CLOEXEC = 0x40000000
const POSIX_SPAWN_SETSID = 0x80 // the same number in glibc and musl
/** The same numbers on every architecture. */
const SYS_PIDFD_SEND_SIGNAL = 424
const SYS_PIDFD_OPEN = 434
const MOST_ATTRIBUTE = 4096
const EIO = 5
const EAGAIN = 11
const EACCES = 13
const EINVAL = 22
const ECHILD = 10

/** Larger than posix_spawnattr_t and posix_spawn_file_actions_t of glibc and musl (336 and 80). */
const OPAQUE_SIZE = 512

/** Calls on other threads for which koffi keeps memory; it allocates more for each one beyond, and refuses the 257th. */
const SPAWNS_AT_ONCE = 8

const pinned: object[] = []

/** Binds the C library. The only file that knows the foreign function interface; takes 8 to 15 ms, so it is called with the first start. Throws EXECD_HELPER_MISSING. */
export function linuxSyscalls(): Syscalls {
  const koffi = orMissing(() => createRequire(import.meta.url)('koffi') as Koffi)
  const libc = koffi.load(null)
  const pipe2 = libc.func('int pipe2(void *fds, int flags)')
  const socketpair = libc.func('int socketpair(int domain, int type, int protocol, void *fds)')
  const memfdCreate = libc.func('int memfd_create(str name, uint flags)')
  const write = libc.func('int64_t write(int fd, void *data, size_t length)')
  const close = libc.func('int close(int fd)')
  const fcntl = libc.func('int fcntl(int fd, int command, ...)')
  const ioctl = libc.func('int ioctl(int fd, ulong request, ...)')
  const waitpid = libc.func('int waitpid(int pid, void *status, int options)')
  const send = libc.func('int64_t send(int fd, void *data, size_t length, int flags)')
  const recv = libc.func('int64_t recv(int fd, void *data, size_t length, int flags)')
  const sendmsg = libc.func('int64_t sendmsg(int fd, void *message, int flags)')
  const recvmsg = libc.func('int64_t recvmsg(int fd, void *message, int flags)')
  const socket = libc.func('int socket(int domain, int type, int protocol)')
  const getxattr = libc.func('int64_t getxattr(str path, str name, void *value, size_t size)')
  const syscall = libc.func('long syscall(long number, ...)')
  const attrInit = libc.func('int posix_spawnattr_init(void *attributes)')
  const attrFlags = libc.func('int posix_spawnattr_setflags(void *attributes, short flags)')
  const actionsInit = libc.func('int posix_spawn_file_actions_init(void *actions)')
  const actionsDestroy = libc.func('int posix_spawn_file_actions_destroy(void *actions)')
  const actionsDup = libc.func('int posix_spawn_file_actions_adddup2(void *actions, int from, int to)')
  const posixSpawn = libc.func(
    'int posix_spawn(void *pid, str path, void *actions, void *attributes, void *argv, void *envp)',
  )

  // memory whose address is stored in other memory: held here, since the collector does not see such a pointer
  const held = {
    programName: Buffer.from('execd-init\0'),
    byte: Buffer.alloc(1),
    iov: Buffer.alloc(16),
    control: Buffer.alloc(24), // CMSG_SPACE(sizeof(int)): header of 16, descriptor of 4, padding of 4
    three: Buffer.alloc(32), // CMSG_SPACE(3 * sizeof(int))
  }
  pinned.push(held)

  /** A struct msghdr of 64-bit Linux, with the one buffer that held.iov names. */
  const messageOf = (control: Buffer): Buffer => {
    const message = Buffer.alloc(56)
    message.writeBigUInt64LE(koffi.address(held.iov), 16)
    message.writeBigUInt64LE(1n, 24)
    message.writeBigUInt64LE(koffi.address(control), 32)
    message.writeBigUInt64LE(BigInt(control.length), 40)
    return message
  }

  const check = (name: string, result: number): number => {
    if (result < 0) throw new SyscallError(name, koffi.errno())
    return result
  }

  const inTurn = atMost(SPAWNS_AT_ONCE)
  const spawnElsewhere = (...args: readonly unknown[]): Promise<number> =>
    inTurn(
      () =>
        new Promise((resolve, reject) => {
          posixSpawn.async(...args, (error: Error | null, errno: number) => {
            if (error) reject(error)
            else resolve(errno)
          })
        }),
    )

  const attributes = Buffer.alloc(OPAQUE_SIZE)
  attrInit(attributes)
  // dispositions and mask are the helper's to reset: done here they would hold the event loop for 65 system calls
  attrFlags(attributes, POSIX_SPAWN_SETSID)

  const argv = Buffer.alloc(16)
  argv.writeBigUInt64LE(koffi.address(held.programName), 0)
  const noEnvironment = Buffer.alloc(8)

  const pair = Buffer.alloc(8)
  const readPair = (): [number, number] => [pair.readInt32LE(0), pair.readInt32LE(4)]

  return {
    pipe() {
      check('pipe2', pipe2(pair, O_CLOEXEC))
      return readPair()
    },

    growPipe(fd, size) {
      fcntl(fd, F_SETPIPE_SZ, 'int', size)
    },

    socketpair() {
      check('socketpair', socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
      return readPair()
    },

    sealedMemfd(name, content) {
      let fd = memfdCreate(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC)
      // before 6.3 the kernel does not know MFD_EXEC, and every memfd is executable
      if (fd < 0 && koffi.errno() === EINVAL) fd = memfdCreate(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)
      check('memfd_create', fd)
      try {
        for (let done = 0; done < content.length; ) {
          done += Number(check('write', Number(write(fd, content.subarray(done), content.length - done))))
        }
        check('fcntl(F_ADD_SEALS)', fcntl(fd, F_ADD_SEALS, 'int', ALL_SEALS))
        if (fd >= 5) return fd
        return check('fcntl(F_DUPFD_CLOEXEC)', fcntl(fd, F_DUPFD_CLOEXEC, 'int', 10))
      } catch (error) {
        close(fd)
        throw error
      }
    },

    send(socket, data) {
      const size = Number(send(socket, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL))
      return size < 0 && koffi.errno() === EAGAIN ? 0 : check('send', size)
    },

    isClosed(socket) {
      return Number(recv(socket, held.byte, 1, MSG_DONTWAIT | MSG_PEEK)) === 0
    },

    sendDescriptors(socket, descriptors, data) {
      held.iov.writeBigUInt64LE(koffi.address(data), 0)
      held.iov.writeBigUInt64LE(BigInt(data.length), 8)
      held.three.writeBigUInt64LE(28n, 0) // CMSG_LEN(3 * sizeof(int))
      held.three.writeInt32LE(SOL_SOCKET, 8)
      held.three.writeInt32LE(SCM_RIGHTS, 12)
      for (const [index, fd] of descriptors.entries()) held.three.writeInt32LE(fd, 16 + 4 * index)
      const message = messageOf(held.three)
      return check('sendmsg', Number(sendmsg(socket, message, MSG_DONTWAIT | MSG_NOSIGNAL)))
    },

    async spawn(request: SpawnRequest) {
      const actions = Buffer.alloc(OPAQUE_SIZE)
      const moved: number[] = []
      actionsInit(actions)
      try {
        for (const [target, fd] of request.descriptors.entries()) {
          // a source among the targets could be overwritten before its turn
          let source = fd
          if (source < request.descriptors.length) {
            source = check('fcntl(F_DUPFD_CLOEXEC)', fcntl(source, F_DUPFD_CLOEXEC, 'int', 10))
            moved.push(source)
          }
          // glibc refuses a number above the limit of descriptors here: without the action the child would keep ours
          const refused = actionsDup(actions, source, target)
          if (refused !== 0) throw new SyscallError('posix_spawn_file_actions_adddup2', refused)
        }
        const pid = Buffer.alloc(4)
        const program = `/proc/self/fd/${request.program}`
        const errno = await spawnElsewhere(pid, program, actions, attributes, argv, noEnvironment)
        if (errno !== 0) throw new SyscallError('posix_spawn', errno)
        return pid.readInt32LE(0)
      } finally {
        actionsDestroy(actions)
        for (const fd of moved) close(fd)
      }
    },

    close(fd) {
      close(fd)
    },

    reap(pid) {
      const result = waitpid(pid, null, WNOHANG)
      return result === pid || (result < 0 && koffi.errno() === ECHILD)
    },

    duplicate(fd, least) {
      return check('fcntl(F_DUPFD_CLOEXEC)', fcntl(fd, F_DUPFD_CLOEXEC, 'int', least))
    },

    receiveDescriptor(socket) {
      held.iov.writeBigUInt64LE(koffi.address(held.byte), 0)
      held.iov.writeBigUInt64LE(1n, 8)
      const message = messageOf(held.control)
      check('recvmsg', Number(recvmsg(socket, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)))
      if (message.readBigUInt64LE(40) < 20n) throw new SyscallError('recvmsg', EINVAL)
      return held.control.readInt32LE(16)
    },

    setWindowSize(fd, rows, columns) {
      const size = Buffer.alloc(8)
      size.writeUInt16LE(rows, 0)
      size.writeUInt16LE(columns, 2)
      check('ioctl(TIOCSWINSZ)', ioctl(fd, TIOCSWINSZ, 'void *', size))
    },

    openTerminalPeer(master) {
      return check('ioctl(TIOCGPTPEER)', ioctl(master, TIOCGPTPEER, 'int', O_RDWR | O_NOCTTY | O_CLOEXEC))
    },

    lock(fd) {
      const result = fcntl(fd, F_OFD_SETLK, 'void *', wholeFile())
      const errno = result < 0 ? koffi.errno() : 0
      if (errno === EAGAIN || errno === EACCES) return false
      check('fcntl(F_OFD_SETLK)', result)
      return true
    },

    isLocked(fd) {
      const lock = wholeFile()
      check('fcntl(F_OFD_GETLK)', fcntl(fd, F_OFD_GETLK, 'void *', lock))
      return isLock(lock)
    },

    attribute(path, name) {
      const value = Buffer.alloc(MOST_ATTRIBUTE)
      const size = Number(getxattr(path, name, value, value.length))
      return size < 0 ? null : value.toString('utf8', 0, size)
    },

    openProcess(pid) {
      return check('pidfd_open', Number(syscall(SYS_PIDFD_OPEN, 'int', pid, 'uint', 0)))
    },

    signalProcess(processFd, signal) {
      const result = syscall(
        SYS_PIDFD_SEND_SIGNAL,
        'int',
        processFd,
        'int',
        signal,
        'void *',
        null,
        'uint',
        0,
      )
      check('pidfd_send_signal', Number(result))
    },

    netlink(message) {
      const fd = check('socket', socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE))
      try {
        check('send', Number(send(fd, message, message.length, 0)))
        // the kernel has answered before send(2) returns: header of 16 bytes, then the errno, negative
        const answer = Buffer.alloc(MOST_ATTRIBUTE)
        check('recv', Number(recv(fd, answer, answer.length, MSG_DONTWAIT)))
        const errno = answer.readUInt16LE(4) === NLMSG_ERROR ? -answer.readInt32LE(16) : EIO
        if (errno !== 0) throw new SyscallError('netlink', errno)
      } finally {
        close(fd)
      }
    },
  }
}
