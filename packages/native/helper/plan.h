/* The plan: numbers of the format and its decoder. docs/native-plan.md describes it; src/plan/ops.ts has the same numbers. */
#ifndef EXECD_PLAN_H
#define EXECD_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  PLAN_MAGIC = 0x31504458,
  PLAN_VERSION = 1,
  PLAN_HEADER = 16,
  PLAN_MAX_SIZE = 8 << 20,
  PLAN_MAX_STEPS = 1024,
  STEP_HEADER = 12,
  STEP_MAX_INTS = 72,
  SLOTS = 64,
  SLOT_BASE = 64,
  NETLINK_MAX = 1024,
  LOGS_MAX = 2, /* standard output and standard error */
  LOG_SIZE_MIN = 4096,
  LOG_FILES_MAX = 1000,
};

enum phase { HOST, PARENT, CHILD, REPORT, CLEANUP, PHASES };

enum op {
  OP_CLONE = 1, OP_OPEN, OP_MKDIR, OP_WRITE, OP_WRITEFD, OP_WRITECHILD, OP_READ, OP_CGROUPKILL, OP_RMDIR, OP_SETNS,
  OP_PIDFD, OP_UNSHARE, OP_SETIDS, OP_PROPAGATE, OP_OPENTREE, OP_FSMOUNT, OP_SETATTR, OP_ROOT, OP_MOUNT, OP_DIR,
  OP_NODE, OP_SYMLINK, OP_NULLDEV, OP_MASK, OP_READONLY, OP_PIVOT, OP_HOSTNAME, OP_DOMAINNAME, OP_SYSCTL, OP_LOOPBACK,
  OP_PTY, OP_CONSOLE, OP_SESSION, OP_KEYRING, OP_RLIMIT, OP_RESERVED, OP_NNP, OP_BOUND, OP_USER, OP_CAPSET, OP_UMASK,
  OP_CHDIR, OP_EXECATTR, OP_PDEATHSIG, OP_SECCOMP, OP_ENV, OP_INIT, OP_EXEC, OP_SAVE, OP_DEVICES, OP_BARRIER,
  OP_NETLINK, OP_WATCHOOM, OP_TAG, OP_LISTEN, OP_RECORD, OP_LOG, OP_USERNS, OP_HOLD,
  OP_COUNT,
};

enum { OPTION_SYNC = 1, OPTION_DETACHED = 2, OPTION_TERMINAL = 4 }; /* of OP_CLONE */
enum { INIT_FIRST, INIT_SUBREAPER };            /* mode of OP_INIT */

/* A step points into the plan's bytes. Its place in the plan is what reports name. */
struct step {
  uint16_t op;
  uint8_t phase;
  uint8_t nints;
  uint16_t nstrs;
  uint16_t index;
  uint32_t size;
  const uint8_t *ints;
};

struct plan {
  uint32_t count;
  const struct step *clone;
  bool has_pty, has_init, has_idmap, has_procfs, has_barrier, has_hold;
  int tree; /* index of an INIT_SUBREAPER, or -1 */
  unsigned logs; /* standard descriptors with a LOG, a bit each */
  struct step steps[PLAN_MAX_STEPS];
};

/* 0, or -EBADMSG and the plan must not be used. */
int plan_decode(struct plan *plan, const uint8_t *bytes, size_t size);
/* What follows on the HOLD of a plan of `first` steps: more steps of CHILD, which end with EXEC. */
int rest_decode(struct plan *plan, const uint8_t *bytes, size_t size, const struct step *hold, uint32_t first);

int64_t step_int(const struct step *step, unsigned i);

/* The strings of a step, one after the other; each is followed by a NUL. NULL after the last. */
struct strings {
  const uint8_t *at;
  uint32_t left;
};
struct strings step_strings(const struct step *step);
const char *next_string(struct strings *strings, uint32_t *length);
const char *step_string(const struct step *step, unsigned i);

#endif
