/* The life of one process: prepared, created, started, kept, ended, told. keeper.h says what this program is for. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "keeper.h"

enum { NR_CLOSE_RANGE = 436, EMPTY_MS = 10000, TOOL_MS = 10000, LAST_WORDS_MS = 2000, READ_ON_MS = 1000, EXECUTE_US = 200 };

static struct plan plan;
static struct failure {
  const char *stage; /* NULL: none */
  int code;
  char detail[256];
} failure;
static struct problem {
  char path[512];
  int error;
} problems[16];
static size_t problem_count;

int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void close_fd(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static bool fail(const char *stage, int code, const char *detail) {
  if (failure.stage == NULL) {
    failure = (struct failure){.stage = stage, .code = code};
    snprintf(failure.detail, sizeof failure.detail, "%s", detail);
  }
  return false;
}

static void problem(const char *path, int error) {
  if (problem_count == sizeof problems / sizeof *problems) return;
  struct problem *one = &problems[problem_count++];
  snprintf(one->path, sizeof one->path, "%s", path);
  one->error = error;
}

/* Descriptors of the application that were not meant for anybody. */
static void close_others(void) {
  int last = CONTROL;
  for (int number = 0; number < 3; number++) {
    if (plan.stdio[number].kind == STDIO_FD && plan.stdio[number].fd > last) last = plan.stdio[number].fd;
  }
  for (int fd = CONTROL + 1; fd < last; fd++) {
    bool wanted = false;
    for (int number = 0; number < 3; number++) wanted |= plan.stdio[number].kind == STDIO_FD && plan.stdio[number].fd == fd;
    if (!wanted) close(fd);
  }
  if (syscall(NR_CLOSE_RANGE, last + 1, ~0U, 0) == 0) return;
  for (long fd = last + 1, end = sysconf(_SC_OPEN_MAX); fd < end; fd++) close((int)fd);
}

static const struct tool *find_tool(const char *name) {
  for (size_t index = 0; index < plan.tool_count; index++) {
    if (strcmp(plan.tools[index].name, name) == 0) return &plan.tools[index];
  }
  return NULL;
}

/* Runs a tool to its end and gives the status of wait(2), or -errno. Killed when the process is to end, or when its time is up. */
static int run_tool(const struct tool *tool, const int stdio[3], bool finishing) {
  pid_t pid = tool_spawn(&plan, tool, stdio);
  if (pid < 0) return pid;
  int64_t deadline = finishing ? now_ms() + TOOL_MS : INT64_MAX;
  int status;
  for (bool killed = false; !tool_ended(pid, &status);) {
    if (!killed && ((!finishing && events.ending) || now_ms() > deadline)) {
      kill(-pid, SIGKILL);
      killed = true;
    }
    events_pump(finishing ? 100 : -1);
  }
  return status;
}

/* Runs a tool whose output goes to a file for errors. */
static int run_quietly(const struct tool *tool, bool finishing) {
  int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  int log = open("tools.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  int status = -EIO;
  if (nothing >= 0 && log >= 0) status = run_tool(tool, (const int[3]){nothing, log, log}, finishing);
  close_fd(&nothing);
  close_fd(&log);
  return status;
}

static bool given_up(void) {
  return events.ending ? !fail("given-up", 0, "") : false;
}

/* Everything before the first tool. Node opens the pipes by /proc and says so. */
static bool prepare(void) {
  size_t failed;
  if (chdir(plan.dir) < 0) return fail("dir", errno, plan.dir);
  int result = prepare_mounts(&plan, &failed);
  if (result < 0) return fail("mount", -result, NUM(failed));
  result = stdio_prepare(&plan);
  if (result < 0) return fail("stdio", -result, "");
  if (stdio_has_terminal(&plan)) {
    events.terminal = socket_listen("console");
    if (events.terminal < 0) return fail("console", -events.terminal, "");
  }
  if (plan.listen != NULL) {
    events.listener = socket_listen(plan.listen);
    if (events.listener < 0) return fail("listen", -events.listener, "");
  }
  SEND(CONTROL, "pipes", NUM(stdio_for_node(0)), NUM(stdio_for_node(1)), NUM(stdio_for_node(2)));
  while (!events.opened && events.owner >= 0) events_pump(-1); /* also when it is to end: the numbers must not become those of other files */
  stdio_node_has_them();
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* from now on nobody needs to look in here */
  return !given_up();
}

/* Runs "create" and finds out who is to be kept. */
static bool create(void) {
  int status = run_tool(find_tool("create"), stdio_for_tool(), false);
  stdio_tool_has_them();
  if (status != 0 && given_up()) return false;
  if (status != 0) return fail("create", status, "");
  char text[32] = {0};
  if (file_read("pid", text, sizeof text - 1) <= 0) return fail("pid-file", ENOENT, "");
  keep((pid_t)strtol(text, NULL, 10));
  if (!is_ours(kept.pid)) return fail("adopt", ECHILD, text);
  for (size_t index = 0; index < plan.write_count; index++) {
    int result = file_write(plan.writes[index].path, plan.writes[index].data);
    if (result < 0) return fail("write", -result, plan.writes[index].path);
  }
  if (plan.oom != NULL) oom_watch(plan.oom, plan.oom_v1);
  if (stdio_has_terminal(&plan)) {
    int result = events_take_terminal();
    if (result < 0) return fail("console", -result, "");
  }
  return !given_up();
}

/* Runs "start", and waits until the program is really executed. The kernel tells of that in no event, but this moment is short. */
static bool start(void) {
  SEND(events.owner, "created", NUM(kept.pid));
  while (plan.hold && !events.go && !events.ending) events_pump(-1);
  if (given_up()) return false;
  const struct tool *tool = find_tool("start");
  int status = tool == NULL ? 0 : run_quietly(tool, false);
  if (status != 0 && given_up()) return false;
  if (status != 0) return fail("start", status, "");
  while (!has_executed(kept.pid)) {
    if (kept.gone) return fail("exec", kept.end.status, "");
    if (given_up()) return false;
    events_pump(0);
    usleep(EXECUTE_US);
  }
  return true;
}

static void write_whole(const char *name, const char *data, size_t size) {
  int fd = open("new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return;
  bool done = write(fd, data, size) == (ssize_t)size;
  close(fd);
  if (done) rename("new", name);
}

static void announce(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  int64_t began = start_time(kept.pid);
  char text[80];
  int size = snprintf(text, sizeof text, "%d %lld %lld\n", kept.pid, (long long)began, (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
  if (plan.listen != NULL) write_whole("started", text, (size_t)size);
  events.started = true;
  SEND(events.owner, "started", NUM(kept.pid), NUM(began));
}

/* Everything that this process answers for. */
static void kill_all(void) {
  int64_t deadline = now_ms() + EMPTY_MS;
  for (int wait = 0;; wait = wait < 20 ? wait + 1 : 20) {
    bool empty = groups_kill(&plan.groups);
    if (kill_children() == 0 && empty) return;
    if (now_ms() > deadline) {
      problem("processes", ETIMEDOUT);
      return;
    }
    events_pump(wait);
  }
}

enum { COUNTER_SIZE = 16384 };
static char *counters[MAX_PATHS];

static void read_counters(void) {
  for (size_t index = 0; index < plan.counters.count; index++) {
    char *text = malloc(COUNTER_SIZE);
    ssize_t size = text == NULL ? -1 : file_read(plan.counters.path[index], text, COUNTER_SIZE - 1);
    if (size >= 0) text[size] = 0;
    counters[index] = size < 0 ? NULL : text;
  }
}

static void finish(void) {
  kill_all();
  copy_last_words();
  for (int64_t deadline = now_ms() + LAST_WORDS_MS; copy_files_busy() && now_ms() < deadline;) events_pump(20);
  read_counters();
  for (size_t index = 0; index < plan.tool_count; index++) {
    if (strcmp(plan.tools[index].name, "finish") == 0) run_quietly(&plan.tools[index], true);
  }
  groups_remove(&plan.groups, problem);
}

/* "ended" or "failed", what could not be removed, and the counters: what the owner is told, or what a later one finds in the file "exit". */
static void report(void) {
  const char *fields[16 + 2 * (sizeof problems / sizeof *problems) + 2 * MAX_PATHS];
  struct number numbers[8 + sizeof problems / sizeof *problems];
  size_t count = 0, number = 0;
#define ADD(text) (fields[count++] = (text))
#define ADD_NUMBER(value) (numbers[number] = number_of((int64_t)(value)), ADD(numbers[number].text), number++)
  if (failure.stage != NULL) {
    ADD("failed"), ADD(failure.stage), ADD_NUMBER(failure.code), ADD(failure.detail);
  } else {
    ADD("ended"), ADD_NUMBER(kept.end.status), ADD_NUMBER(kept.end.user_us), ADD_NUMBER(kept.end.system_us);
  }
  ADD_NUMBER(problem_count);
  for (size_t index = 0; index < problem_count; index++) ADD(problems[index].path), ADD_NUMBER(problems[index].error);
  for (size_t index = 0; index < plan.counters.count; index++) {
    if (counters[index] != NULL) ADD(plan.counters.path[index]), ADD(counters[index]);
  }
  if (plan.listen != NULL && events.started) {
    size_t size = 0;
    for (size_t index = 0; index < count; index++) size += strlen(fields[index]) + 1;
    char *data = malloc(size), *at = data;
    for (size_t index = 0; data != NULL && index < count; index++) at = stpcpy(at, fields[index]) + 1;
    if (data != NULL) write_whole("exit", data, size);
    free(data);
  }
  events.finished = true;
  if (events.owner >= 0) message_send(events.owner, count, fields);
}

/* Nobody else is there to do it. */
static void clean_up(void) {
  if (plan.listen != NULL && events.started) return;
  leave_mounts();
  if (chdir("/") < 0) return;
  for (size_t index = 0; index < plan.remove.count; index++) remove_tree(plan.remove.path[index], problem);
  for (size_t index = 0; index < plan.prune.count; index++) rmdir(plan.prune.path[index]);
}

static bool set_up(struct message *message) {
  size_t field = 0;
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  signal(SIGPIPE, SIG_IGN);
  umask(022);
  int result = message_receive(CONTROL, message);
  if (result == 1 && message->count == 2 && strcmp(message->fields[0], "watch") == 0) {
    struct message first = *message; /* a folder that is filled now: who does that may die */
    result = message_receive(CONTROL, message);
    if (result <= 0) remove_tree(first.fields[1], problem);
    message_free(&first);
  }
  if (result <= 0) exit(1); /* nothing was begun */
  result = plan_read(&plan, message, &field);
  close_others();
  events_begin(&plan);
  if (result < 0) return fail("plan", -result, NUM(field));
  return find_tool("create") != NULL || fail("plan", EINVAL, "create");
}

/* What is asked from now on must find a reader: Node throws away what it has not read yet of a socket that it fails to write to, and so the report. */
static void read_on(void) {
  char request[512];
  int64_t deadline = now_ms() + READ_ON_MS;
  if (events.owner < 0 || shutdown(events.owner, SHUT_WR) < 0) return;
  for (int64_t left = READ_ON_MS; left > 0; left = deadline - now_ms()) {
    if (poll(&(struct pollfd){.fd = events.owner, .events = POLLIN}, 1, (int)left) <= 0) return;
    if (read(events.owner, request, sizeof request) <= 0) return;
  }
}

int main(void) {
  static struct message message; /* the plan points into it */
  bool ready = set_up(&message);
  if (ready && prepare() && create() && start()) {
    announce();
    while (!kept.gone && !events.ending) events_pump(-1);
  }
  if (ready) finish();
  report();
  if (events.owner < 0) clean_up();
  while (copy_busy() || (plan.listen != NULL && events.owner >= 0)) events_pump(-1);
  read_on();
  return 0;
}
