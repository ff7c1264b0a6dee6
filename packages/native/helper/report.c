/* The end of a container: what is left of the plan is carried out, and Node gets the last message. */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "monitor.h"
#include "sys.h"

enum { READ_MAX = 16384, SAVE_AGAIN_MS = 500 };

/* Room for every read and every error that the plan can give; only the pages that are used cost memory. */
static uint8_t *report_buffer(void) {
  size_t reads = 0;
  for (const struct step *s = monitor.plan.steps; s < monitor.plan.steps + monitor.plan.count; s++) reads += s->op == OP_READ;
  return scratch(4096 + reads * (READ_MAX + 12) + monitor.plan.count * 8u);
}

struct cleanup_errors {
  uint32_t count;
  int32_t pairs[PLAN_MAX_STEPS][2];
};
static struct cleanup_errors errors;

static void note_error(int index, int error) {
  errors.pairs[errors.count][0] = index;
  errors.pairs[errors.count++][1] = -error;
}

static void put_errors(struct frame *frame) {
  frame_i32(frame, (int32_t)errors.count);
  for (uint32_t i = 0; i < errors.count; i++) {
    frame_i32(frame, errors.pairs[i][0]);
    frame_i32(frame, errors.pairs[i][1]);
  }
}

static void run_cleanup(void) {
  for (const struct step *s = monitor.plan.steps; s < monitor.plan.steps + monitor.plan.count; s++) {
    if (s->phase != CLEANUP || s->op == OP_SAVE) continue;
    int result = s->op == OP_CGROUPKILL ? step_cgroupkill(s) : s->op == OP_NETLINK ? step_netlink(s) : step_rmdir(s);
    if (result < 0) note_error(s->index, result);
  }
  log_finish(note_error);
}

static int save(const struct frame *frame) {
  int first = 0;
  for (const struct step *s = monitor.plan.steps; s < monitor.plan.steps + monitor.plan.count; s++) {
    int result = s->op == OP_SAVE ? step_save(s, frame->bytes, frame->size) : 0;
    if (result < 0 && first == 0) {
      first = result;
      note_error(s->index, result);
    }
  }
  return first;
}

/* SAVE is last of all, so that what it keeps is the whole story but for its own failure. */
static _Noreturn void finish(struct frame *frame) {
  size_t before = frame->size;
  put_errors(frame);
  frame_end(frame);
  uint32_t known = errors.count;
  int result = save(frame);
  /* Nobody owns it and it could not be kept: it is tried until there is room, or somebody comes. */
  while (result < 0 && result != -ENOENT && monitor.node_gone && monitor.detached && !monitor.undone) {
    if (owner_wait(SAVE_AGAIN_MS)) send_started();
    errors.count = known;
    if (monitor.node_gone) result = save(frame);
  }
  frame->size = before;
  put_errors(frame);
  if (!monitor.node_gone) frame_send(frame);
  _exit(0);
}

_Noreturn void fail(const struct failure *failure) {
  struct frame frame;
  if (state.child > 0 && !monitor.done) {
    kill(state.child, SIGKILL);
    while (waitpid(state.child, &monitor.wait_status, 0) < 0 && errno == EINTR) continue;
  }
  run_cleanup();
  uint8_t *bytes = report_buffer();
  if (bytes == NULL) _exit(1);
  frame_start(&frame, bytes, MSG_FAILED);
  frame_i32(&frame, failure->step);
  frame_i32(&frame, failure->op);
  frame_i32(&frame, failure->error);
  frame_i32(&frame, failure->detail);
  frame_bytes(&frame, failure->context, failure->length);
  finish(&frame);
}

_Noreturn void fail_step(const struct step *s, int error) {
  struct failure failure = {.step = s == NULL ? -1 : s->index, .op = s == NULL ? 0 : s->op, .error = -error, .detail = state.detail};
  if (state.context != NULL) {
    failure.length = (uint32_t)strnlen(state.context, sizeof failure.context);
    memcpy(failure.context, state.context, failure.length);
  }
  fail(&failure);
}

static uint64_t microseconds(const struct timeval *time) {
  return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

static void put_reads(struct frame *frame) {
  static uint8_t data[READ_MAX];
  int32_t count = 0;
  for (const struct step *s = monitor.plan.steps; s < monitor.plan.steps + monitor.plan.count; s++) count += s->op == OP_READ;
  frame_i32(frame, count);
  for (const struct step *s = monitor.plan.steps; s < monitor.plan.steps + monitor.plan.count; s++) {
    if (s->op != OP_READ) continue;
    int size = step_read(s, data, sizeof data);
    frame_i32(frame, s->index);
    frame_i32(frame, size < 0 ? -size : 0);
    frame_bytes(frame, data, size < 0 ? 0 : (size_t)size);
  }
}

/* With an INIT the command's own status comes by the status pipe: the init's exit code could only tell half of it. */
static int command_status(void) {
  int told[2];
  bool by_init = state.status_in >= 0 && read(state.status_in, told, sizeof told) == sizeof told;
  int left = by_init ? told[1] : monitor.overdue ? -ETIMEDOUT : 0;
  if (left < 0) note_error(monitor.plan.tree, left);
  return by_init ? told[0] : monitor.wait_status;
}

/* The command began when Node was dead already, and was ended for that: nobody has been told that it ran. */
static _Noreturn void report_undone(void) {
  struct failure failure = {.step = -1, .error = ECANCELED};
  fail(&failure);
}

_Noreturn void report_exit(void) {
  struct frame frame;
  if (monitor.undone) report_undone();
  int status = command_status();
  uint8_t *bytes = report_buffer();
  if (bytes == NULL) _exit(1);
  frame_start(&frame, bytes, MSG_EXITED);
  frame_i32(&frame, WIFEXITED(status) ? 1 : 2);
  frame_i32(&frame, WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
  frame_i32(&frame, WCOREDUMP(status) != 0);
  frame_u64(&frame, microseconds(&monitor.usage.ru_utime));
  frame_u64(&frame, microseconds(&monitor.usage.ru_stime));
  frame_u64(&frame, (uint64_t)monitor.usage.ru_maxrss);
  frame_u64(&frame, (uint64_t)(monitor.ended_ms - monitor.started_ms));
  frame_i32(&frame, monitor.killed);
  put_reads(&frame);
  run_cleanup();
  finish(&frame);
}

