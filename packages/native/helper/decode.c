/* The decoder: everything that a plan says about itself is checked here, once, before anything is done. */
#define _GNU_SOURCE
#include "plan.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

enum { H = 1 << HOST, P = 1 << PARENT, C = 1 << CHILD, R = 1 << REPORT, L = 1 << CLEANUP };
enum { ANY = 0xffff };

/* What a step must look like. slots: ints that are a slot; dirs: a slot or -1; raw: strings that may hold NUL (bit masks). */
struct shape {
  uint8_t phases, min_ints, max_ints;
  uint16_t min_strs, max_strs;
  uint8_t slots, dirs, raw;
};

static const struct shape shapes[OP_COUNT] = {
  [OP_CLONE] = {H, 3, 3, 0, 0, 0, 4, 0},
  [OP_OPEN] = {H | P | C, 4, 4, 1, 1, 1, 2, 0},
  [OP_MKDIR] = {H | P | C, 3, 3, 1, 1, 0, 1, 0},
  [OP_WRITE] = {H | P | C, 1, 1, 2, 2, 0, 1, 2},
  [OP_WRITEFD] = {H | P | C, 1, 1, 1, 1, 1, 0, 1},
  [OP_WRITECHILD] = {P, 0, 0, 2, 2, 0, 0, 2},
  [OP_READ] = {R, 1, 1, 1, 1, 0, 1, 0},
  [OP_CGROUPKILL] = {L, 3, 3, 0, 0, 1, 0, 0},
  [OP_RMDIR] = {L, 4, 4, 1, 1, 0, 9, 0},
  [OP_SETNS] = {H | C, 2, 2, 0, 0, 1, 0, 0},
  [OP_PIDFD] = {H, 3, 3, 0, 0, 1, 0, 0},
  [OP_UNSHARE] = {H | C, 1, 1, 0, 0, 0, 0, 0},
  [OP_SETIDS] = {H | C, 2, 2, 0, 0, 0, 0, 0},
  [OP_PROPAGATE] = {H | C, 1, 1, 0, 0, 0, 0, 0},
  [OP_OPENTREE] = {H | C, 3, 3, 1, 1, 1, 2, 0},
  [OP_FSMOUNT] = {H | C, 2, 2, 1, ANY, 1, 0, 0},
  [OP_SETATTR] = {H | C, 6, 6, 0, 0, 1, 32, 0},
  [OP_ROOT] = {C, 1, 1, 1, 1, 1, 0, 0},
  [OP_MOUNT] = {C, 3, 3, 1, 1, 1, 0, 0},
  [OP_DIR] = {C, 1, 1, 1, 1, 0, 0, 0},
  [OP_NODE] = {C, 5, 5, 1, 1, 0, 0, 0},
  [OP_SYMLINK] = {C, 0, 0, 2, 2, 0, 0, 0},
  [OP_NULLDEV] = {C, 1, 1, 0, 0, 1, 0, 0},
  [OP_MASK] = {C, 0, 0, 0, ANY, 0, 0, 0},
  [OP_READONLY] = {C, 0, 0, 0, ANY, 0, 0, 0},
  [OP_PIVOT] = {C, 0, 0, 0, 0, 0, 0, 0},
  [OP_HOSTNAME] = {C, 0, 0, 1, 1, 0, 0, 0},
  [OP_DOMAINNAME] = {C, 0, 0, 1, 1, 0, 0, 0},
  [OP_SYSCTL] = {C, 0, 0, 2, 2, 0, 0, 0},
  [OP_LOOPBACK] = {C, 0, 0, 0, 0, 0, 0, 0},
  [OP_PTY] = {C, 5, 5, 0, 0, 1, 0, 0},
  [OP_CONSOLE] = {C, 0, 0, 1, 1, 0, 0, 0},
  [OP_SESSION] = {C, 1, 1, 0, 0, 0, 0, 0},
  [OP_KEYRING] = {C, 0, 0, 0, 0, 0, 0, 0},
  [OP_RLIMIT] = {C, 3, 3, 0, 0, 0, 0, 0},
  [OP_NNP] = {C, 0, 0, 0, 0, 0, 0, 0},
  [OP_BOUND] = {C, 1, 1, 0, 0, 0, 0, 0},
  [OP_USER] = {C, 4, STEP_MAX_INTS, 2, ANY, 0, 0, 0},
  [OP_CAPSET] = {C, 2, 2, 0, 0, 0, 0, 0},
  [OP_UMASK] = {C, 1, 1, 0, 0, 0, 0, 0},
  [OP_CHDIR] = {C, 0, 0, 1, 1, 0, 0, 0},
  [OP_EXECATTR] = {C, 1, 1, 1, 1, 0, 0, 0},
  [OP_PDEATHSIG] = {C, 1, 1, 0, 0, 0, 0, 0},
  [OP_SECCOMP] = {C, 1, 1, 1, 1, 0, 0, 1},
  [OP_ENV] = {C, 0, 0, 0, ANY, 0, 0, 0},
  [OP_INIT] = {C, 1, 1, 0, 0, 0, 0, 0},
  [OP_EXEC] = {C, 0, 0, 1, ANY, 0, 0, 0},
  [OP_SAVE] = {L, 1, 1, 1, 1, 0, 1, 0},
  [OP_BARRIER] = {C, 0, 0, 0, 0, 0, 0, 0},
  [OP_DEVICES] = {H | P, 1, 1, 1, 1, 1, 0, 1},
  [OP_NETLINK] = {P | C | L, 2, 2, 2, 2, 0, 0, 2},
  [OP_WATCHOOM] = {P, 2, 2, 0, 0, 1, 0, 0},
  [OP_TAG] = {H | P, 1, 1, 2, 2, 1, 0, 2},
  [OP_LISTEN] = {H, 1, 1, 1, 1, 1, 0, 0},
  [OP_RECORD] = {P, 1, 1, 1, 1, 1, 0, 0},
  [OP_LOG] = {H, 7, 7, 1, 1, 2, 0, 0},
  [OP_USERNS] = {H, 1, 1, 2, 2, 1, 0, 0},
  [OP_HOLD] = {C, 1, 1, 0, 0, 0, 0, 0},
};

/* The format has no alignment, so every value is copied out. */
static uint16_t u16(const uint8_t *at) {
  uint16_t v;
  memcpy(&v, at, sizeof v);
  return v;
}

static uint32_t u32(const uint8_t *at) {
  uint32_t v;
  memcpy(&v, at, sizeof v);
  return v;
}

int64_t step_int(const struct step *step, unsigned i) {
  int64_t v;
  memcpy(&v, step->ints + 8 * i, sizeof v);
  return v;
}

struct strings step_strings(const struct step *step) {
  return (struct strings){step->ints + 8 * (size_t)step->nints, step->nstrs};
}

const char *next_string(struct strings *strings, uint32_t *length) {
  if (strings->left == 0) return NULL;
  uint32_t n = u32(strings->at);
  const char *text = (const char *)strings->at + 4;
  if (length != NULL) *length = n;
  strings->at += 4 + (size_t)n + 1;
  strings->left--;
  return text;
}

const char *step_string(const struct step *step, unsigned i) {
  struct strings strings = step_strings(step);
  while (i-- > 0) next_string(&strings, NULL);
  return next_string(&strings, NULL);
}

/* The strings must fill the rest of the step exactly; each ends with a NUL, and holds one only where the shape allows it. */
static bool strings_fit(const struct shape *shape, const struct step *step, const uint8_t *at, const uint8_t *end) {
  for (unsigned i = 0; i < step->nstrs; i++) {
    if (end - at < 5) return false;
    uint32_t n = u32(at);
    at += 4;
    if (n > (size_t)(end - at) - 1 || at[n] != 0) return false;
    bool raw = i < 8 && (shape->raw >> i & 1);
    if (!raw && memchr(at, 0, n) != NULL) return false;
    at += (size_t)n + 1;
  }
  return at == end;
}

static bool slots_fit(const struct shape *shape, const struct step *step) {
  for (unsigned i = 0; i < 8 && i < step->nints; i++) {
    int64_t v = step_int(step, i);
    if (shape->slots >> i & 1 && (v < 0 || v >= SLOTS)) return false;
    if (shape->dirs >> i & 1 && (v < -1 || v >= SLOTS)) return false;
  }
  return true;
}

/* Ids are 32 bits in the kernel, and 2^32 - 1 means none: one bit more, cut off, would be root. */
static bool ids_fit(const struct step *step, unsigned from, unsigned to) {
  for (unsigned i = from; i < to; i++) {
    if (step_int(step, i) < 0 || step_int(step, i) >= UINT32_MAX) return false;
  }
  return true;
}

static bool timeout_fits(const struct step *step) {
  return step_int(step, 2) >= 0 && step_int(step, 2) <= 3600 * 1000;
}

/* One whole message of rtnetlink that asks for an answer (NLM_F_REQUEST, NLM_F_ACK); what is filled in lies behind its header
   of 16 bytes. Only the monitor knows the child's pid. */
static bool netlink_fits(const struct step *step) {
  struct strings strings = step_strings(step);
  uint32_t n = 0;
  next_string(&strings, NULL);
  const uint8_t *message = (const uint8_t *)next_string(&strings, &n);
  if (n < 16 || n > NETLINK_MAX || u32(message) != n || (u16(message + 6) & 5) != 5) return false;
  for (unsigned i = 0; i < 2; i++) {
    int64_t at = step_int(step, i);
    if (at != -1 && (at < 16 || at > (int64_t)n - 4)) return false;
  }
  return step_int(step, 1) == -1 || step->phase == PARENT;
}

/* LOG: descriptors, folder, size, number of files, whether to append, owner of the pipe (-1: as it is). */
static bool log_fits(const struct step *step) {
  int64_t streams = step_int(step, 0), append = step_int(step, 4);
  bool same_owner = step_int(step, 5) == -1 && step_int(step, 6) == -1;
  return (streams == 2 || streams == 4 || streams == 6) && step_int(step, 2) >= LOG_SIZE_MIN && step_int(step, 3) >= 2 &&
         step_int(step, 3) <= LOG_FILES_MAX && (append == 0 || append == 1) && (same_owner || ids_fit(step, 5, 7));
}

/* What a shape cannot say: rules about one step's values. */
static bool values_fit(const struct step *step) {
  struct strings strings = step_strings(step);
  uint32_t n = 0;
  switch (step->op) {
    case OP_CLONE: return (step_int(step, 1) & ~(int64_t)(OPTION_SYNC | OPTION_DETACHED | OPTION_TERMINAL)) == 0;
    case OP_FSMOUNT: return step->nstrs % 2 == 1;
    case OP_SECCOMP: next_string(&strings, &n); return n > 0 && n % 8 == 0 && n / 8 <= 4096;
    case OP_NETLINK: return netlink_fits(step);
    case OP_LOG: return log_fits(step);
    case OP_WATCHOOM: return step_int(step, 1) == 1 || step_int(step, 1) == 2;
    case OP_DEVICES: next_string(&strings, &n); return n > 0 && n % 8 == 0;
    case OP_CGROUPKILL: return (step_int(step, 1) == 1 || step_int(step, 1) == 2) && timeout_fits(step);
    case OP_RMDIR: return timeout_fits(step);
    case OP_SETIDS: return ids_fit(step, 0, 2);
    case OP_NODE: case OP_PTY: return ids_fit(step, 3, 5);
    case OP_USER: return step_int(step, 0) < UINT32_MAX && step_int(step, 1) < UINT32_MAX && ids_fit(step, 2, 3) && ids_fit(step, 4, step->nints);
    case OP_INIT: return step_int(step, 0) == INIT_FIRST || step_int(step, 0) == INIT_SUBREAPER;
    case OP_EXECATTR: return step_int(step, 0) == 1 || step_int(step, 0) == 2;
    case OP_HOLD: return step_int(step, 0) == 0 || step_int(step, 0) == 1;
    default: return true;
  }
}

static bool decode_step(struct step *step, const uint8_t *at, size_t left) {
  if (left < STEP_HEADER) return false;
  *step = (struct step){.op = u16(at), .phase = at[2], .nints = at[3], .nstrs = u16(at + 4), .index = step->index,
                        .size = u32(at + 8), .ints = at + STEP_HEADER};
  if (step->op == 0 || step->op >= OP_COUNT || step->phase >= PHASES || u16(at + 6) != 0) return false;
  const struct shape *shape = &shapes[step->op];
  if (!(shape->phases >> step->phase & 1)) return false;
  if (step->nints < shape->min_ints || step->nints > shape->max_ints) return false;
  if (step->nstrs < shape->min_strs || step->nstrs > shape->max_strs) return false;
  if (step->size > left || step->size < STEP_HEADER + 8u * step->nints) return false;
  return strings_fit(shape, step, step->ints + 8u * step->nints, at + step->size) && slots_fit(shape, step) && values_fit(step);
}

/* Rules about the plan as a whole: one CLONE that ends HOST, one EXEC or HOLD that ends CHILD, at most one PTY, INIT, BARRIER,
   WATCHOOM and LISTEN, and one LOG for a descriptor. What is held waits for nothing else, and what follows brings the rest: the terminal and the init. */
static bool order_fits(struct plan *plan) {
  const struct step *last = NULL;
  bool has_watch = false, listens = false;
  for (const struct step *s = plan->steps; s < plan->steps + plan->count; s++) {
    if (s->phase == HOST && plan->clone != NULL) return false;
    if (s->phase == CHILD && last != NULL) return false;
    if (s->op == OP_CLONE) plan->clone = s;
    if (s->op == OP_EXEC || s->op == OP_HOLD) last = s;
    if ((s->op == OP_PTY && plan->has_pty) || (s->op == OP_INIT && plan->has_init)) return false;
    plan->has_pty |= s->op == OP_PTY;
    plan->has_init |= s->op == OP_INIT;
    if (s->op == OP_INIT && step_int(s, 0) == INIT_SUBREAPER) plan->tree = s->index;
    plan->has_idmap |= s->op == OP_CLONE && (step_int(s, 0) & CLONE_NEWUSER) != 0;
    if (s->op == OP_BARRIER && plan->has_barrier) return false;
    plan->has_barrier |= s->op == OP_BARRIER;
    if (s->op == OP_WATCHOOM && has_watch) return false;
    has_watch |= s->op == OP_WATCHOOM;
    if (s->op == OP_LISTEN && listens) return false;
    listens |= s->op == OP_LISTEN;
    unsigned streams = s->op == OP_LOG ? (unsigned)step_int(s, 0) : 0;
    if (plan->logs & streams) return false;
    plan->logs |= streams;
    plan->has_procfs |= s->op == OP_SYSCTL || s->op == OP_EXECATTR;
    plan->has_hold |= s->op == OP_HOLD;
  }
  /* Before its ids are mapped a child can do nothing of use, and its first wait is for that. */
  if (plan->has_barrier && plan->has_idmap) return false;
  if (plan->clone == NULL || last == NULL) return false;
  if (!plan->has_hold) return true;
  if (plan->has_pty || plan->has_init || plan->logs != 0 || step_int(plan->clone, 1) != 0) return false;
  plan->has_init = step_int(last, 0) == 1;
  return true;
}

static bool rest_fits(struct plan *plan, const struct step *hold) {
  for (const struct step *s = plan->steps; s < plan->steps + plan->count; s++) {
    if (s->phase != CHILD || s->op == OP_HOLD || s->op == OP_BARRIER) return false;
    if ((s->op == OP_EXEC) != (s + 1 == plan->steps + plan->count)) return false;
    if ((s->op == OP_PTY && plan->has_pty) || (s->op == OP_INIT && (plan->has_init || step_int(s, 0) != INIT_FIRST))) return false;
    plan->has_pty |= s->op == OP_PTY;
    plan->has_init |= s->op == OP_INIT;
  }
  return plan->count > 0 && plan->has_init == (step_int(hold, 0) == 1);
}

static int decode_steps(struct plan *plan, const uint8_t *bytes, size_t size, uint32_t first) {
  plan->count = 0;
  plan->clone = NULL;
  plan->has_pty = plan->has_init = plan->has_idmap = plan->has_procfs = plan->has_barrier = plan->has_hold = false;
  plan->tree = -1;
  plan->logs = 0;
  if (size < PLAN_HEADER || size > PLAN_MAX_SIZE) return -EBADMSG;
  if (u32(bytes) != PLAN_MAGIC || u32(bytes + 4) != PLAN_VERSION || u32(bytes + 8) != size) return -EBADMSG;
  uint32_t count = u32(bytes + 12);
  if (count > PLAN_MAX_STEPS - first) return -EBADMSG;
  size_t at = PLAN_HEADER;
  for (uint32_t i = 0; i < count; i++) {
    plan->steps[i].index = (uint16_t)(first + i);
    if (!decode_step(&plan->steps[i], bytes + at, size - at)) return -EBADMSG;
    at += plan->steps[i].size;
  }
  plan->count = count;
  return at == size ? 0 : -EBADMSG;
}

int plan_decode(struct plan *plan, const uint8_t *bytes, size_t size) {
  int error = decode_steps(plan, bytes, size, 0);
  return error == 0 && !order_fits(plan) ? -EBADMSG : error;
}

int rest_decode(struct plan *plan, const uint8_t *bytes, size_t size, const struct step *hold, uint32_t first) {
  int error = decode_steps(plan, bytes, size, first);
  return error == 0 && !rest_fits(plan, hold) ? -EBADMSG : error;
}
