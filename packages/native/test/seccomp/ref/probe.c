/*
 * Loads the filter in the file given, then makes calls and prints one line for each: its name and 0 or the errno.
 * Everything runs in children, so that a call which kills shows as "killed <signal>".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define X32 0x40000000L

static struct sock_filter program[4096];

static void load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, program, sizeof(program));
	struct sock_fprog filter = { (unsigned short)(size / (ssize_t)sizeof(program[0])), program };

	if (size <= 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) {
		printf("load %d\n", errno);
		exit(1);
	}
}

#ifdef __x86_64__
/* The 32-bit entry point; the kernel looks at 32 bits of each register. */
static long int80(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
	if (result < 0 && result > -4096) {
		errno = (int)-result;
		return -1;
	}
	return result;
}
#endif

static void report(const char *name, long (*call)(void))
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		long result;

		errno = 0;
		result = call();
		_exit(result < 0 ? errno : 0);
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		printf("%s killed %d\n", name, WTERMSIG(status));
	else
		printf("%s %d\n", name, WEXITSTATUS(status));
}

static long do_getpid(void) { return syscall(SYS_getpid); }
static long do_unix(void) { return syscall(SYS_socket, 1L, 1L, 0L); }
static long do_alg(void) { return syscall(SYS_socket, 38L, 5L, 0L); }
static long do_vsock(void) { return syscall(SYS_socket, 40L, 1L, 0L); }
static long do_vsock_high(void) { return syscall(SYS_socket, 0x100000028L, 1L, 0L); }
static long do_alg_high(void) { return syscall(SYS_socket, 0x8000000000000026L, 5L, 0L); }
static long do_userns(void) { return syscall(SYS_unshare, 0x10000000L); }
static long do_clone_userns(void) { return syscall(SYS_clone, 0x10000011L, 0L, 0L, 0L, 0L); }
static long do_clone3(void) { return syscall(SYS_clone3, NULL, 0L); }
static long do_keyctl(void) { return syscall(SYS_keyctl, 0L, 0L, 0L, 0L, 0L); }
static long do_io_uring(void) { return syscall(425L, 1L, NULL); }
static long do_future(void) { return syscall(5000L); }
#ifdef __x86_64__
static long do_x32(void) { return syscall(X32 | 39L); }
static long do_32_getpid(void) { return int80(20, 0, 0, 0); }
static long do_32_alg(void) { return int80(359, 38, 5, 0); }
static long do_32_socketcall(void) { return int80(102, 1, 0, 0); }
#endif

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
#ifdef __x86_64__
	/* Before the filter: whether this kernel has a 32-bit entry point at all. */
	report("before:i386:getpid", do_32_getpid);
#endif
	if (argc > 1)
		load(argv[1]);
	report("getpid", do_getpid);
	report("socket:unix", do_unix);
	report("socket:alg", do_alg);
	report("socket:alg:high", do_alg_high);
	report("socket:vsock", do_vsock);
	report("socket:vsock:high", do_vsock_high);
	report("unshare:user", do_userns);
	report("clone:user", do_clone_userns);
	report("clone3", do_clone3);
	report("keyctl", do_keyctl);
	report("io_uring_setup", do_io_uring);
	report("future", do_future);
#ifdef __x86_64__
	report("x32:getpid", do_x32);
	report("i386:getpid", do_32_getpid);
	report("i386:socket:alg", do_32_alg);
	report("i386:socketcall", do_32_socketcall);
#endif
	return 0;
}
