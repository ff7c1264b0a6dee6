/* What the monitor's two files share: main.c runs the container, report.c ends it. */
#ifndef EXECD_MONITOR_H
#define EXECD_MONITOR_H

#include <sys/resource.h>

#include "proto.h"

struct monitor {
  struct plan plan;
  bool node_gone;
  bool done;         /* the child has ended and is reaped */
  int64_t end_by;    /* when a subreaper that was told to end its tree must have; 0 when it was not */
  bool overdue;      /* it has not */
  int wait_status;
  struct rusage usage;
};
extern struct monitor monitor;

/* Runs CLEANUP, sends the last message, ends. */
_Noreturn void fail(const struct failure *failure);
_Noreturn void fail_step(const struct step *step, int error);
_Noreturn void report_exit(void);

#endif
