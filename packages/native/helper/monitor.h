/* What the monitor's files share: main.c runs the container, owner.c, log.c and terminal.c do what outlives Node, report.c ends it. */
#ifndef EXECD_MONITOR_H
#define EXECD_MONITOR_H

#include <poll.h>
#include <sys/resource.h>

#include "proto.h"

struct monitor {
  struct plan plan;
  bool node_gone;    /* nobody owns the container */
  bool detached;
  bool undone;       /* Node died before the command ran: nothing was started */
  bool killed;       /* SIGKILL was sent from here */
  bool done;         /* the child has ended and is reaped */
  int64_t end_by;    /* when a subreaper that was told to end its tree must have; 0 when it was not */
  bool overdue;      /* it has not */
  int64_t started_ms, ended_ms;
  uint64_t start_time; /* the child's */
  int wait_status;
  struct rusage usage;
};
extern struct monitor monitor;

/* Runs CLEANUP, sends the last message, ends. */
_Noreturn void fail(const struct failure *failure);
_Noreturn void fail_step(const struct step *step, int error);
_Noreturn void report_exit(void);
void send_started(void);

/* owner.c */
struct pollfd owner_poll(void);
void owner_lost(void);
bool owner_accept(void);
bool owner_wait(int timeout_ms);

/* log.c */
unsigned log_poll(struct pollfd *fds);
void log_serve(const struct pollfd *fds);
void log_finish(void (*report)(int index, int error));

/* terminal.c */
int terminal_prepare(void);
void terminal_take(void);
struct pollfd terminal_poll(void);
void terminal_drain(void);
int terminal_resize(int rows, int columns);

#endif
