/* A small init for a container with a pid namespace of its own: pid 1 forwards signals and reaps, a fork is the command. */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "helper.h"
#include "sys.h"

enum { PF_FORKNOEXEC = 0x40 };

/* A signal that is blocked is kept for us even if its action is to be ignored, so pid 1 sees also what the kernel would
   otherwise drop for it; SIGKILL and SIGSTOP cannot be blocked and need not be. */
static uint64_t block_all(void) {
  uint64_t all = ~UINT64_C(0);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
  return all;
}

/* The end of the inner pipe says that the fork has executed or died; its flags say which, as it is not reaped yet. */
static bool has_executed(int inner, pid_t fork_pid) {
  char byte;
  uint64_t flags = PF_FORKNOEXEC, start;
  while (read(inner, &byte, 1) < 0 && errno == EINTR) continue;
  close(inner);
  return process_stat(state.procfs, fork_pid, &flags, &start) == 0 && !(flags & PF_FORKNOEXEC);
}

static _Noreturn void leave(int status) {
  write_once(state.status_out, &status, sizeof status);
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* Reaps all that has ended; leaves when the command is among them. */
static void reap_until(pid_t command) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == command) leave(status);
  }
}

static _Noreturn void serve(pid_t command, uint64_t signals) {
  for (;;) {
    reap_until(command);
    int number = rc(syscall(SYS_rt_sigtimedwait, &signals, NULL, NULL, sizeof signals));
    if (number > 0 && number != SIGCHLD) kill(command, number);
  }
}

/* The init must not hold the command's pipes, terminal or any descriptor of the set-up. What it keeps is above 4, as the monitor
   has reserved the numbers up to there, so nothing is overwritten; a limit on descriptors cannot get in the way either. */
static void keep_only(int a, int b, int c) {
  dup2(a, 0);
  dup2(b, 1);
  dup2(c, 2);
  sys_close_range(3, ~0U);
}

static _Noreturn void be_init(const struct step *s, int inner, pid_t command, uint64_t signals) {
  int error_out = state.error_out, status_out = state.status_out, procfs = state.procfs;
  /* The failure report of the fork goes to the monitor by the fork's own copy of error_out. */
  if (!has_executed(inner, command)) {
    int status = 0;
    while (waitpid(command, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status)) _exit(1); /* it has reported */
    state.detail = status;
    child_fail(s, -ECHILD);
  }
  keep_only(error_out, status_out, procfs);
  state.status_out = 1;
  char started = 's';
  write_once(state.status_out, &started, 1);
  close(0); /* error_out: now the monitor sees its end */
  close(2);
  serve(command, signals);
}

int step_init(const struct step *s) {
  int inner[2];
  if (getpid() != 1) return -EINVAL;
  int proc = private_procfs();
  if (proc < 0) return proc;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || pipe2(inner, O_CLOEXEC) < 0) return -errno;
  uint64_t signals = block_all();
  pid_t command = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (command < 0) return -errno;
  if (command > 0) {
    close(inner[1]);
    be_init(s, inner[0], command, signals);
  }
  close(inner[0]);
  close_fd(&state.status_out);
  state.status_out = inner[1];
  state.init_pending = false;
  close_fd(&state.procfs);
  uint64_t none = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
  return 0;
}
