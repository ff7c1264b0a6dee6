/* Reads the plan: directives, each with a fixed number of strings after it, or with a count of them first. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keeper.h"

struct reader {
  char **field;
  size_t left;
  int error;
};

static char *next(struct reader *in) {
  if (in->left == 0) {
    in->error = -EBADMSG;
    return (char *)(uintptr_t) "";
  }
  in->left--;
  return *in->field++;
}

static int64_t next_number(struct reader *in) {
  const char *text = next(in);
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (*text == 0 || *end != 0 || errno != 0) in->error = -EINVAL;
  return value;
}

/* So many strings, and NULL after them. */
static char **next_list(struct reader *in) {
  int64_t count = next_number(in);
  if (in->error != 0 || count < 0 || (size_t)count > in->left) {
    in->error = -EBADMSG;
    return NULL;
  }
  char **list = calloc((size_t)count + 1, sizeof *list);
  if (list == NULL) {
    in->error = -ENOMEM;
    return NULL;
  }
  for (int64_t index = 0; index < count; index++) list[index] = next(in);
  return list;
}

static void next_path(struct reader *in, struct paths *paths) {
  const char *path = next(in);
  if (paths->count == MAX_PATHS) in->error = -E2BIG;
  else paths->path[paths->count++] = path;
}

static void next_stdio(struct reader *in, struct plan *plan) {
  int64_t number = next_number(in);
  const char *kind = next(in);
  if (number < 0 || number > 2) {
    in->error = -EINVAL;
    return;
  }
  struct stdio_plan *stdio = &plan->stdio[number];
  if (strcmp(kind, "pipe") == 0) stdio->kind = STDIO_PIPE;
  else if (strcmp(kind, "ignore") == 0) stdio->kind = STDIO_IGNORE;
  else if (strcmp(kind, "terminal") == 0) stdio->kind = STDIO_TERMINAL;
  else if (strcmp(kind, "unseen") == 0) stdio->kind = STDIO_UNSEEN;
  else if (strcmp(kind, "fd") == 0) {
    stdio->kind = STDIO_FD;
    stdio->fd = (int)next_number(in);
    if (stdio->fd <= CONTROL) in->error = -EINVAL;
  } else if (strcmp(kind, "rotate") == 0) {
    stdio->kind = STDIO_ROTATE;
    stdio->path = next(in);
    stdio->max_size = next_number(in);
    stdio->max_files = (int)next_number(in);
    stdio->append = next_number(in) != 0;
    if (stdio->max_size <= 0 || stdio->max_files <= 0) in->error = -EINVAL;
  } else in->error = -EINVAL;
}

static void next_mount(struct reader *in, struct plan *plan) {
  struct mount_plan mount = {.type = next(in), .source = next(in), .target = next(in)};
  mount.flags = (unsigned long)next_number(in);
  mount.data = next(in);
  if (plan->mount_count == MAX_MOUNTS) in->error = -E2BIG;
  else plan->mounts[plan->mount_count++] = mount;
}

static void next_tool(struct reader *in, struct plan *plan) {
  struct tool tool = {.name = next(in)};
  tool.argv = next_list(in);
  if (in->error == 0 && tool.argv[0] == NULL) in->error = -EINVAL;
  if (plan->tool_count == MAX_TOOLS) in->error = -E2BIG;
  else plan->tools[plan->tool_count++] = tool;
}

static void next_write(struct reader *in, struct plan *plan) {
  struct write_plan write = {.path = next(in), .data = next(in)};
  if (plan->write_count == MAX_PATHS) in->error = -E2BIG;
  else plan->writes[plan->write_count++] = write;
}

static void directive(struct reader *in, struct plan *plan) {
  const char *word = next(in);
  if (strcmp(word, "dir") == 0) plan->dir = next(in);
  else if (strcmp(word, "listen") == 0) plan->listen = next(in);
  else if (strcmp(word, "hold") == 0) plan->hold = true;
  else if (strcmp(word, "own-mounts") == 0) plan->own_mounts = true;
  else if (strcmp(word, "size") == 0) plan->rows = (int)next_number(in), plan->columns = (int)next_number(in);
  else if (strcmp(word, "owner") == 0) plan->owner = next_number(in);
  else if (strcmp(word, "stdio") == 0) next_stdio(in, plan);
  else if (strcmp(word, "unmount") == 0) next_path(in, &plan->unmount);
  else if (strcmp(word, "mount") == 0) next_mount(in, plan);
  else if (strcmp(word, "tool") == 0) next_tool(in, plan);
  else if (strcmp(word, "write") == 0) next_write(in, plan);
  else if (strcmp(word, "group") == 0) next_path(in, &plan->groups);
  else if (strcmp(word, "counter") == 0) next_path(in, &plan->counters);
  else if (strcmp(word, "remove") == 0) next_path(in, &plan->remove);
  else if (strcmp(word, "prune") == 0) next_path(in, &plan->prune);
  else if (strcmp(word, "oom") == 0) plan->oom_v1 = next_number(in) == 1, plan->oom = next(in);
  else if (strcmp(word, "environment") == 0) plan->environment = next_list(in);
  else in->error = -EINVAL;
}

int plan_read(struct plan *plan, const struct message *message, size_t *field) {
  *plan = (struct plan){.owner = -1};
  struct reader in = {.field = message->fields, .left = message->count};
  while (in.left > 0 && in.error == 0) {
    *field = message->count - in.left;
    directive(&in, plan);
  }
  if (in.error == 0 && (plan->dir == NULL || plan->environment == NULL)) in.error = -EINVAL;
  return in.error;
}
