/* Holds a process as a debugger does, so that no signal but SIGKILL moves it, until it is gone: hold PID. Says so when it does. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int status;
  pid_t pid = argc < 2 ? 0 : (pid_t)atoi(argv[1]);
  if (pid <= 0 || ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0) return 1;
  if (waitpid(pid, &status, __WALL) != pid) return 2;
  if (write(1, "held\n", 5) != 5) return 3;
  /* Its end is ours to take first: its parent does not see it before. */
  while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) continue;
  return 0;
}
