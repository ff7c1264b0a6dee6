/* The child: waits for the monitor's word, carries out its steps, becomes the command. */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "helper.h"
#include "sys.h"

/* Reports which step failed and ends. When the report cannot be written (a filter may forbid write or exit), the child must
   not look like a command that exited: it dies by a signal before its exec, which the monitor tells apart. */
_Noreturn void child_fail(const struct step *step, int error) {
  struct failure failure = {.step = step->index, .op = step->op, .error = -error, .detail = state.detail};
  if (state.context != NULL) {
    failure.length = (uint32_t)strnlen(state.context, sizeof failure.context);
    memcpy(failure.context, state.context, failure.length);
  }
  size_t size = offsetof(struct failure, context) + failure.length;
  if (write(state.error_out, &failure, size) == (ssize_t)size) _exit(1);
  for (;;) __builtin_trap();
}

/* Everything but the standard descriptors and the pipes to the monitor. Close-on-exec is not enough: until exec the slots
   are reachable as /proc/self/fd/N, which the command's path or working directory may name. */
void release_slots(void) {
  if (state.released) return;
  int keep[] = {state.sync_in, state.error_out, state.status_out};
  unsigned from = 3;
  for (unsigned next = 0; next != ~0U; from = next + 1) {
    next = ~0U;
    for (size_t i = 0; i < sizeof keep / sizeof *keep; i++) {
      if (keep[i] >= (int)from && (unsigned)keep[i] < next) next = (unsigned)keep[i];
    }
    if (next > from) sys_close_range(from, next == ~0U ? next : next - 1);
  }
  state.released = true;
  state.procfs = state.root = state.null_device = state.empty_dir = state.console = -1;
}

static void empty_mask(void) {
  uint64_t none = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}

/* The monitor's word: it has done the PARENT steps, and Node agreed. Its end of the pipe closes when it is gone, or gave up. */
int step_barrier(void) {
  char go;
  ssize_t size;
  do size = read(state.sync_in, &go, 1);
  while (size < 0 && errno == EINTR);
  if (size != 1) _exit(1);
  return 0;
}

_Noreturn void carry_out(const struct plan *plan) {
  for (const struct step *s = plan->steps; s < plan->steps + plan->count; s++) {
    if (s->phase != CHILD) continue;
    state.detail = 0;
    state.context = NULL;
    int result = run_step(s);
    if (result < 0) child_fail(s, result);
  }
  __builtin_trap(); /* not reached: the decoder saw to it that EXEC or HOLD is last, which return only with an error */
}

/* The private procfs is made while the host's /proc is in sight: in a user namespace the kernel allows a new one only if a
   whole one is visible (mount_too_revealing). Where it cannot be made yet, the step that needs it tries again. */
_Noreturn void child_main(const struct plan *plan) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  close(CONTROL_FD);
  if (!plan->has_pty && !plan->has_hold) close(TERMINAL_FD);
  close_fd(&state.sync_out);
  close_fd(&state.error_in);
  close_fd(&state.status_in);
  close_fd(&state.proc);
  if (!plan->has_barrier) step_barrier();
  state.stay_dumpable = false;
  undumpable();
  empty_mask();
  if (plan->has_procfs) private_procfs();
  state.steps = plan->count;
  carry_out(plan);
}

static const char *search_path(void) {
  for (uint32_t i = 0; i < state.env_count; i++) {
    if (strncmp(state.env[i], "PATH=", 5) == 0) return state.env[i] + 5;
  }
  return "/usr/local/bin:/bin:/usr/bin"; /* as execvp(3) of musl */
}

/* As execvp(3): what is absent is passed over, what may not be executed is remembered. */
static int search(const char *name, char **argv, char **env) {
  char path[4096];
  size_t length = strlen(name);
  int result = -ENOENT;
  for (const char *dir = search_path();; dir++) {
    const char *end = strchrnul(dir, ':');
    size_t size = (size_t)(end - dir);
    if (size + length + 2 <= sizeof path) {
      memcpy(path, dir, size);
      if (size > 0) path[size++] = '/';
      memcpy(path + size, name, length + 1);
      execve(path, argv, env);
      if (errno == EACCES) result = -EACCES;
      else if (errno != ENOENT && errno != ENOTDIR) return -errno;
    }
    if (*end == 0) return result;
    dir = end;
  }
}

int step_exec(const struct step *s) {
  static char *no_env[1];
  struct strings strings = step_strings(s);
  char **argv = scratch((s->nstrs + 1u) * sizeof *argv);
  if (argv == NULL) return -ENOMEM;
  for (uint32_t i = 0; i < s->nstrs; i++) argv[i] = (char *)(uintptr_t)next_string(&strings, NULL);
  char **env = state.env == NULL ? no_env : state.env;
  release_slots();
  if (argv[0][0] == 0) return -ENOENT;
  if (strchr(argv[0], '/') == NULL) return search(argv[0], argv, env);
  execve(argv[0], argv, env);
  return -errno;
}
