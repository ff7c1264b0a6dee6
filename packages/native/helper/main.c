/* The monitor: reads the plan, makes the child, tells Node what happens, cleans up. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>

#include "monitor.h"
#include "sys.h"

enum { PF_FORKNOEXEC = 0x40, END_MARGIN_MS = 1000 };

struct state state = {.proc = -1, .procfs = -1, .root = -1, .null_device = -1, .empty_dir = -1, .console = -1, .sync_in = -1,
                      .sync_out = -1, .error_in = -1, .error_out = -1, .status_in = -1, .status_out = -1};

struct monitor monitor;

static uint8_t *plan_bytes;
static size_t plan_size;
static int null_fd = -1, signal_fd = -1;

/* ---- commands of Node ---- */

/* The init of a tree must not go before the tree does, which nobody else would find. It may have been stopped. */
static void end_child(void) {
  if (monitor.done) return;
  monitor.killed = true;
  if (monitor.plan.tree < 0) {
    kill(state.child, SIGKILL);
    return;
  }
  kill(state.child, SIGNAL_END);
  kill(state.child, SIGCONT);
  if (monitor.end_by == 0) monitor.end_by = now_ms() + END_TREE_MS + END_MARGIN_MS;
}

/* The child is ours and not reaped, so the pid is still its own. */
static int signal_child(int number) {
  if (number < 0 || number > SIGNAL_END) return -EINVAL;
  if (monitor.done) return -ESRCH;
  if (number == SIGKILL) monitor.killed = true;
  if (monitor.plan.tree < 0) return rc(kill(state.child, number));
  if (number == SIGKILL) {
    end_child();
    return 0;
  }
  if (number == SIGSTOP) return rc(kill(state.child, SIGNAL_STOP));
  if (number < SIGNAL_STOP) return rc(kill(state.child, number));
  siginfo_t info = {.si_signo = number, .si_code = SI_QUEUE};
  return rc(syscall(SYS_rt_sigqueueinfo, state.child, number, &info));
}

static void kill_all(void) {
  end_child();
  for (const struct step *s = monitor.plan.steps; s < monitor.plan.steps + monitor.plan.count; s++) {
    if (s->op == OP_CGROUPKILL) cgroup_kill_pass(slot_fd(step_int(s, 0)), (int)step_int(s, 1));
  }
}

static void reply(uint32_t request, int error) {
  uint8_t bytes[16];
  struct frame frame;
  frame_start(&frame, bytes, MSG_REPLY);
  frame_i32(&frame, (int32_t)request);
  frame_i32(&frame, -error);
  frame_send(&frame);
}

static void obey(const struct command *command) {
  int error = 0;
  if (command->type == CMD_KILL) {
    error = signal_child(command->signal);
  } else if (command->type == CMD_KILLALL) {
    kill_all();
  } else if (command->type == CMD_RESIZE) {
    error = terminal_resize(command->rows, command->columns);
  } else {
    return;
  }
  reply(command->request, error);
}

/* True while Node is there. */
static bool serve_node(void) {
  struct command command;
  int got;
  while ((got = read_command(&command, false)) > 0) obey(&command);
  return got == 0;
}

static void wait_for_go(void) {
  struct command command;
  for (;;) {
    if (read_command(&command, true) < 0) monitor.node_gone = true;
    if (monitor.node_gone || command.type == CMD_ABORT) fail_step(NULL, -ECANCELED);
    if (command.type == CMD_GO) return;
    obey(&command);
  }
}

/* The first word to whoever owns the container, and to each that comes to own it later. */
void send_started(void) {
  uint8_t bytes[32];
  struct frame frame;
  frame_start(&frame, bytes, MSG_STARTED);
  frame_i32(&frame, (int32_t)state.child);
  frame_u64(&frame, monitor.start_time);
  frame_send(&frame);
}

/* ---- the running child ---- */

/* The error pipe gave its end: the child has executed, or died before it could. PF_FORKNOEXEC tells which, and it is there
   to be read as long as the child is not reaped. */
static void child_started(void) {
  uint64_t flags;
  char by_init = 0;
  close_fd(&state.error_in);
  int error = process_stat(state.proc, state.child, &flags, &monitor.start_time);
  if (error < 0) fail_step(NULL, error);
  bool running = state.status_in < 0 ? !(flags & PF_FORKNOEXEC) : read(state.status_in, &by_init, 1) == 1;
  if (!running) {
    kill(state.child, SIGKILL);
    while (waitpid(state.child, &monitor.wait_status, 0) < 0 && errno == EINTR) continue;
    monitor.done = true;
    state.detail = monitor.wait_status;
    fail_step(NULL, -ECHILD);
  }
  close_fd(&state.sync_out);
  terminal_take();
  if (!monitor.node_gone) send_started();
}

static void read_error_pipe(void) {
  uint8_t bytes[8];
  struct frame frame;
  struct failure failure = {0};
  ssize_t size = read(state.error_in, &failure, sizeof failure);
  if (size < 0 && errno == EINTR) return;
  if (size <= 0) {
    child_started();
    return;
  }
  if (failure.length > sizeof failure.context) failure.length = 0;
  if (failure.error != 0) fail(&failure);
  frame_start(&frame, bytes, MSG_HELD);
  frame_send(&frame);
}

/* Orphans of the container are reaped here too, which is why the child is not waited for by its pid alone. */
static void read_signals(void) {
  struct signalfd_siginfo info;
  while (read(signal_fd, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGTERM && monitor.detached) kill_all();
  }
  int status;
  struct rusage spent;
  for (pid_t pid; (pid = wait4(-1, &status, WNOHANG, &spent)) > 0;) {
    if (pid != state.child) continue;
    monitor.wait_status = status;
    monitor.usage = spent;
    monitor.ended_ms = now_ms();
    monitor.done = true;
  }
}

/* Once more at the end: what was killed last may be the reason of it. */
static void tell_oom(bool woken) {
  uint8_t bytes[16];
  struct frame frame;
  static uint32_t untold;
  uint32_t kills = untold + oom_kills(woken || monitor.done);
  untold = monitor.node_gone ? kills : 0;
  if (kills == 0 || monitor.node_gone) return;
  frame_start(&frame, bytes, MSG_OOM);
  frame_i32(&frame, (int32_t)kills);
  frame_send(&frame);
}

/* A tree's init that is held up, or hindered by its own filter, is killed: its command dies with it, and what else is left
   ends with the container. */
static int patience_ms(int other) {
  if (monitor.end_by == 0 || monitor.overdue) return other;
  int64_t left = monitor.end_by - now_ms();
  if (left <= 0) {
    monitor.overdue = true;
    kill(state.child, SIGKILL);
    return other;
  }
  return other >= 0 && other < left ? other : (int)left;
}

/* A start that Node does not live to see is undone, also if the command has just begun; a detached one that it has seen goes on. */
static void watch_owner(bool setting_up) {
  if (monitor.node_gone) {
    if (owner_accept()) send_started();
  } else if (!serve_node()) {
    owner_lost();
    monitor.undone = setting_up;
    if (!monitor.detached || setting_up) kill_all();
  }
}

static void watch(void) {
  while (!monitor.done) {
    bool setting_up = state.error_in >= 0;
    struct pollfd fds[4 + LOGS_MAX] = {owner_poll(), {.fd = setting_up ? state.error_in : signal_fd, .events = POLLIN}, oom_poll(), terminal_poll()};
    if (setting_up && monitor.node_gone) fds[0].fd = -1;
    unsigned count = setting_up ? 2 : 4 + log_poll(fds + 4);
    if (poll(fds, count, patience_ms(setting_up ? -1 : oom_wait_ms())) < 0) continue;
    if (fds[0].revents != 0) watch_owner(setting_up);
    if (fds[1].revents != 0 && setting_up) read_error_pipe();
    else if (fds[1].revents != 0) read_signals();
    if (setting_up) continue;
    if (fds[3].revents != 0) terminal_drain();
    log_serve(fds + 4);
    tell_oom(fds[2].revents != 0);
  }
}

/* ---- the start ---- */

/* What a caller may leave behind: ignored signals, a blocked mask, descriptors, closed standard descriptors. All signals are
   blocked in the monitor: nothing but SIGKILL and Node ends it, as a terminal's ^C is for Node to judge. */
static int clean_entry(void) {
  static const uint64_t fresh[8]; /* struct sigaction of the kernel: SIG_DFL, no flags, empty mask */
  uint64_t all = ~UINT64_C(0);
  for (int number = 1; number <= 64; number++) syscall(SYS_rt_sigaction, number, fresh, NULL, sizeof all);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
  umask(022);
  syscall(SYS_personality, 0UL); /* a caller's ADDR_NO_RANDOMIZE is not the command's */
  prctl(PR_SET_NAME, "execd-init");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  return sys_close_range(TERMINAL_FD + 1, ~0U);
}

static int open_host(void) {
  struct statfs fs;
  if (chdir("/") < 0) return -errno;
  int fd = rc(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (fd < 0) return fd;
  null_fd = rc(fcntl(fd, F_DUPFD_CLOEXEC, TERMINAL_FD + 1));
  close(fd);
  if (null_fd < 0) return null_fd;
  /* A descriptor of ours with one of these numbers would be taken for what the number means. */
  for (fd = 0; fd <= TERMINAL_FD; fd++) {
    if (fcntl(fd, F_GETFD) < 0 && dup2(null_fd, fd) < 0) return -errno;
  }
  state.proc = rc(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (state.proc < 0) return state.proc;
  if (fstatfs(state.proc, &fs) < 0 || fs.f_type != PROC_MAGIC) return -ENOENT;
  uint64_t all = ~UINT64_C(0);
  signal_fd = rc(syscall(SYS_signalfd4, -1, &all, sizeof all, O_CLOEXEC | O_NONBLOCK));
  return signal_fd < 0 ? signal_fd : 0;
}

static void run_phase(enum phase phase) {
  for (const struct step *s = monitor.plan.steps; s < monitor.plan.steps + monitor.plan.count; s++) {
    if (s->phase != phase || s->op == OP_CLONE) continue;
    state.detail = 0;
    state.context = NULL;
    int result = run_step(s);
    if (result < 0) fail_step(s, result);
  }
}

static int make_pipes(void) {
  int sync[2], error[2], status[2];
  if (pipe2(sync, O_CLOEXEC) < 0 || pipe2(error, O_CLOEXEC) < 0) return -errno;
  if (monitor.plan.has_init && pipe2(status, O_CLOEXEC) < 0) return -errno;
  state.sync_in = sync[0], state.sync_out = sync[1];
  state.error_in = error[0], state.error_out = error[1];
  if (monitor.plan.has_init) state.status_in = status[0], state.status_out = status[1];
  return 0;
}

static void make_child(void) {
  const struct step *s = monitor.plan.clone;
  struct clone_args_v2 args = {.flags = (uint64_t)step_int(s, 0), .exit_signal = SIGCHLD};
  if (step_int(s, 2) >= 0) {
    args.flags |= INTO_CGROUP;
    args.cgroup = (uint64_t)slot_fd(step_int(s, 2));
  }
  int error = make_pipes();
  if (error == 0 && step_int(s, 1) & OPTION_TERMINAL) error = terminal_prepare();
  if (error < 0) fail_step(s, error);
  long pid = syscall(NR_clone3, &args, sizeof args);
  if (pid < 0) fail_step(s, -errno);
  if (pid == 0) child_main(&monitor.plan);
  state.child = (pid_t)pid;
  /* Whoever holds the container's pipes keeps their readers waiting. */
  for (int fd = 0; fd <= 2; fd++) dup2(null_fd, fd);
  close(TERMINAL_FD);
  close_fd(&null_fd);
  close_fd(&state.sync_in);
  close_fd(&state.error_out);
  close_fd(&state.status_out);
}

/* What is still needed once the child exists: the steps of REPORT and CLEANUP, and the directories they name. The rest of the
   plan's memory and of the slots (which would keep mounts alive) goes. */
static void forget_plan(void) {
  uint64_t used = 0;
  uint32_t kept = 0;
  size_t size = 0;
  for (const struct step *s = monitor.plan.steps; s < monitor.plan.steps + monitor.plan.count; s++) size += s->phase >= REPORT ? s->size : 0;
  uint8_t *bytes = scratch(size);
  if (bytes == NULL) fail_step(NULL, -ENOMEM);
  for (uint32_t i = 0; i < monitor.plan.count; i++) {
    struct step s = monitor.plan.steps[i];
    if (s.phase < REPORT) continue;
    memcpy(bytes, s.ints, s.size - STEP_HEADER);
    s.ints = bytes;
    bytes += s.size;
    if (s.op != OP_NETLINK && step_int(&s, 0) >= 0) used |= UINT64_C(1) << step_int(&s, 0);
    if (s.op == OP_RMDIR && step_int(&s, 3) >= 0) used |= UINT64_C(1) << step_int(&s, 3);
    monitor.plan.steps[kept++] = s;
  }
  monitor.plan.count = kept;
  munmap(plan_bytes, plan_size);
  for (int slot = 0; slot < SLOTS; slot++) {
    if (!(used >> slot & 1)) close(slot_fd(slot));
  }
}

static void run_parent(void) {
  uint8_t bytes[16];
  struct frame frame;
  run_phase(PARENT);
  state.stay_dumpable = false;
  undumpable();
  int64_t options = step_int(monitor.plan.clone, 1);
  forget_plan();
  if (options & OPTION_SYNC) {
    frame_start(&frame, bytes, MSG_CREATED);
    frame_i32(&frame, (int32_t)state.child);
    frame_send(&frame);
    wait_for_go();
  }
  monitor.detached = (options & OPTION_DETACHED) != 0;
  monitor.started_ms = now_ms();
  write_once(state.sync_out, "g", 1);
}

/* Only Node starts the helper, and it gives it a socket: as a program of a container, or by hand, it does nothing. */
static bool is_control(int fd) {
  int domain = 0, type = 0;
  socklen_t size = sizeof domain;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
         getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

int main(void) {
  if (!is_control(CONTROL_FD)) return 1;
  int error = clean_entry();
  if (error == 0) error = read_plan(&plan_bytes, &plan_size);
  if (error == 0) error = plan_decode(&monitor.plan, plan_bytes, plan_size);
  if (error < 0) monitor.plan.count = 0;
  if (error < 0) fail_step(NULL, error);
  state.stay_dumpable = geteuid() != 0 && monitor.plan.has_idmap;
  undumpable();
  if ((error = open_host()) < 0) fail_step(NULL, error);
  run_phase(HOST);
  make_child();
  run_parent();
  watch();
  report_exit();
}
