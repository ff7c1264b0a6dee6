/* An output that is kept in files of a limited size: what the monitor does for it (log.c), and its writer (log_writer.c). */
#ifndef EXECD_LOG_H
#define EXECD_LOG_H

#include "plan.h"

enum { LOG_NAME_MAX = 240 };

struct log {
  int index;           /* of the step */
  int dir, in;         /* the folder; the pipe that the output comes by */
  int file;            /* the newest file: opened by the monitor for the first writer */
  int link;            /* to and from the writer */
  int error;           /* the first that went wrong */
  int restarts;
  int64_t size_max, files_max;
  char name[LOG_NAME_MAX + 1];
};

/* Opens the newest file, and says how much it holds. A descriptor or -errno. */
int log_open(const struct log *log, bool fresh, int64_t *size);
_Noreturn void log_writer(const struct log *log);

#endif
