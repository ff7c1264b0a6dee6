/* A small init: it forwards signals and reaps, and a fork of it is the command. Either it is pid 1 of the container's pid
   namespace, or the subreaper of one tree of processes among others. */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "helper.h"
#include "sys.h"

enum { ONE_PID = 1 }; /* P_PID */

/* A signal that is blocked is kept for us even if its action is to be ignored, so pid 1 sees also what the kernel would
   otherwise drop for it; SIGKILL and SIGSTOP cannot be blocked and need not be. */
static uint64_t block_all(void) {
  uint64_t all = ~UINT64_C(0);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
  return all;
}

/* The end of the inner pipe says that the fork has executed or died. It was made with no termination signal, which an exec
   sets to SIGCHLD (execve(2)); until then it is not to be found without __WCLONE or __WALL (wait(2)). */
static bool has_executed(int inner, pid_t fork_pid) {
  char byte;
  while (read(inner, &byte, 1) < 0 && errno == EINTR) continue;
  close(inner);
  return syscall(SYS_waitid, ONE_PID, fork_pid, NULL, WEXITED | WNOHANG | WNOWAIT, NULL) == 0;
}

/* Tells the monitor the command's wait status, and whether something of the tree is left. */
static _Noreturn void leave(int status, int error) {
  int told[2] = {status, error};
  write_once(state.status_out, told, sizeof told);
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* Reaps all that has ended; true when the command is among them. */
static bool reap(pid_t command, int *command_status) {
  bool ended = false;
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0;) {
    if (pid != command) continue;
    *command_status = status;
    ended = true;
  }
  return ended;
}

/* Until the command has ended, or the monitor's word that all shall. */
static int serve(pid_t command, uint64_t signals, bool subreaper) {
  int status = SIGKILL; /* what it is told to end by, unless it has ended before */
  while (!reap(command, &status)) {
    siginfo_t info;
    int number = rc(syscall(SYS_rt_sigtimedwait, &signals, &info, NULL, sizeof signals));
    if (number <= 0 || number == SIGCHLD) continue;
    bool word = subreaper && info.si_code != SI_QUEUE;
    if (word && number == SIGNAL_END) break;
    kill(command, word && number == SIGNAL_STOP ? SIGSTOP : number);
  }
  return status;
}

/* The init must not hold the command's pipes, terminal or any descriptor of the set-up. What it keeps is above 4, as the monitor
   has reserved the numbers up to there, so nothing is overwritten; a limit on descriptors cannot get in the way either. */
static void keep_only(int a, int b) {
  dup2(a, 0);
  dup2(b, 1);
  sys_close_range(2, ~0U);
}

static _Noreturn void be_init(const struct step *s, int inner, pid_t command, uint64_t signals) {
  bool subreaper = step_int(s, 0) == INIT_SUBREAPER;
  setsid(); /* a terminal's ^C is for Node to judge */
  /* The failure report of the fork goes to the monitor by the fork's own copy of error_out. */
  if (!has_executed(inner, command)) {
    int status = 0;
    while (waitpid(command, &status, __WALL) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status)) _exit(1); /* it has reported */
    state.detail = status;
    child_fail(s, -ECHILD);
  }
  keep_only(state.error_out, state.status_out);
  state.status_out = 1;
  char started = 's';
  write_once(state.status_out, &started, 1);
  close(0); /* error_out: now the monitor sees its end */
  int status = serve(command, signals, subreaper);
  int error = subreaper ? end_children(command, &status) : 0;
  leave(status, error);
}

/* A subreaper is told of its monitor's death as it is told to end its tree: killed, it would leave the tree behind. */
int step_init(const struct step *s) {
  int inner[2];
  bool subreaper = step_int(s, 0) == INIT_SUBREAPER;
  if (!subreaper && getpid() != 1) return -EINVAL;
  if (subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) return -errno;
  if (prctl(PR_SET_PDEATHSIG, subreaper ? SIGNAL_END : SIGKILL) < 0 || pipe2(inner, O_CLOEXEC) < 0) return -errno;
  uint64_t signals = block_all();
  pid_t command = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
  if (command < 0) return -errno;
  if (command > 0) {
    close(inner[1]);
    be_init(s, inner[0], command, signals);
  }
  close(inner[0]);
  close_fd(&state.status_out);
  state.status_out = inner[1];
  uint64_t none = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
  return 0;
}
