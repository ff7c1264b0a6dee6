/* What passes through this process. A copy reads only when what it read last is written: who does not read holds the writer up. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper.h"

enum { BUFFER = 65536, REST_MS = 50 };

static struct copy {
  enum { NOTHING, DESCRIPTOR, FILES } kind;
  bool used, over, terminal; /* terminal: reads one */
  int from, to;
  char *buffer;
  size_t begin, end;
  size_t slot; /* in the array that was polled; 0: not polled */
  int64_t rest_until; /* a terminal that nobody has open hangs up, and may be opened again */
  const struct stdio_plan *file;
  int64_t size;
} copies[COPIES];
static bool last_words; /* nobody is left to open the terminal again */

static struct copy *new_copy(int from) {
  for (size_t index = 0; index < COPIES; index++) {
    struct copy *copy = &copies[index];
    if (copy->used) continue;
    copy->buffer = malloc(BUFFER);
    if (copy->buffer == NULL) return NULL;
    copy->used = true;
    copy->from = from;
    copy->to = -1;
    fcntl(from, F_SETFL, fcntl(from, F_GETFL) | O_NONBLOCK);
    return copy;
  }
  return NULL;
}

int copy_to_nothing(int from, bool terminal) {
  struct copy *copy = new_copy(from);
  if (copy == NULL) return -ENOMEM;
  copy->terminal = terminal;
  return 0;
}

int copy_to_fd(int from, int to, bool terminal) {
  struct copy *copy = new_copy(from);
  if (copy == NULL) return -ENOMEM;
  copy->kind = DESCRIPTOR;
  copy->to = to;
  copy->terminal = terminal;
  fcntl(to, F_SETFL, fcntl(to, F_GETFL) | O_NONBLOCK);
  return 0;
}

static int open_file(const struct stdio_plan *file, bool append) {
  int fd = open(file->path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0600);
  return fd < 0 ? -errno : fd;
}

int copy_to_file(int from, const struct stdio_plan *file) {
  int fd = open_file(file, file->append);
  if (fd < 0) return fd;
  struct copy *copy = new_copy(from);
  struct stat info;
  if (copy == NULL || fstat(fd, &info) < 0) {
    close(fd);
    return -ENOMEM;
  }
  copy->kind = FILES;
  copy->to = fd;
  copy->file = file;
  copy->size = info.st_size;
  return 0;
}

static void finish(struct copy *copy) {
  if (copy->over) return;
  copy->over = true;
  close_fd(&copy->from);
  close_fd(&copy->to);
  free(copy->buffer);
  copy->buffer = NULL;
  if (copy->terminal) stdio_hang_up();
}

/* path becomes path.1, path.1 becomes path.2 and so on; the last is overwritten. */
static void rotate(struct copy *copy) {
  size_t room = strlen(copy->file->path) + 16;
  char *from = malloc(room), *to = malloc(room);
  if (from != NULL && to != NULL) {
    for (int number = copy->file->max_files - 2; number >= 0; number--) {
      if (number == 0) snprintf(from, room, "%s", copy->file->path);
      else snprintf(from, room, "%s.%d", copy->file->path, number);
      snprintf(to, room, "%s.%d", copy->file->path, number + 1);
      rename(from, to);
    }
  }
  free(from);
  free(to);
  close_fd(&copy->to);
  copy->to = open_file(copy->file, false);
  copy->size = 0;
}

/* False when nothing more can be written. */
static bool write_some(struct copy *copy) {
  size_t size = copy->end - copy->begin;
  if (copy->kind == FILES) {
    if (copy->size >= copy->file->max_size) rotate(copy);
    int64_t room = copy->file->max_size - copy->size;
    if (copy->size < copy->file->max_size && (int64_t)size > room) size = (size_t)room;
  }
  ssize_t done = copy->kind == NOTHING ? (ssize_t)size : write(copy->to, copy->buffer + copy->begin, size);
  if (done < 0) return errno == EAGAIN || errno == EINTR;
  copy->begin += (size_t)done;
  copy->size += done;
  return true;
}

/* False when nothing more comes. */
static bool read_some(struct copy *copy) {
  ssize_t got = read(copy->from, copy->buffer, BUFFER);
  if (got < 0 && errno == EINTR) return true;
  if (got < 0 && errno == EAGAIN) return !(copy->terminal && last_words);
  if (got < 0 && errno == EIO && copy->terminal && !last_words) {
    copy->rest_until = now_ms() + REST_MS;
    return true;
  }
  if (got <= 0) return false;
  copy->begin = 0;
  copy->end = (size_t)got;
  return true;
}

size_t copy_poll(struct pollfd *polls) {
  size_t count = 0;
  for (size_t index = 0; index < COPIES; index++) {
    struct copy *copy = &copies[index];
    copy->slot = 0;
    if (!copy->used || copy->over) continue;
    bool full = copy->begin < copy->end;
    if (!full && copy->rest_until > now_ms()) continue;
    polls[count] = full ? (struct pollfd){.fd = copy->to, .events = POLLOUT} : (struct pollfd){.fd = copy->from, .events = POLLIN};
    copy->slot = ++count;
  }
  return count;
}

void copy_work(const struct pollfd *polls, size_t count) {
  for (size_t index = 0; index < COPIES; index++) {
    struct copy *copy = &copies[index];
    if (copy->slot == 0 || copy->slot > count || copy->over || polls[copy->slot - 1].revents == 0) continue;
    bool more = copy->begin < copy->end || read_some(copy);
    while (more && copy->begin < copy->end) {
      size_t before = copy->begin;
      more = write_some(copy);
      if (copy->begin == before) break;
    }
    if (!more) finish(copy);
  }
}

static bool is_busy(const struct copy *copy) {
  return copy->used && !copy->over;
}

bool copy_busy(void) {
  for (size_t index = 0; index < COPIES; index++) {
    if (is_busy(&copies[index])) return true;
  }
  return false;
}

bool copy_files_busy(void) {
  for (size_t index = 0; index < COPIES; index++) {
    if (is_busy(&copies[index]) && copies[index].kind != DESCRIPTOR) return true;
  }
  return false;
}

bool copy_resting(void) {
  for (size_t index = 0; index < COPIES; index++) {
    if (is_busy(&copies[index]) && copies[index].rest_until > now_ms()) return true;
  }
  return false;
}

void copy_input_over(void) {
  for (size_t index = 0; index < COPIES; index++) {
    struct copy *copy = &copies[index];
    if (is_busy(copy) && copy->kind == DESCRIPTOR && !copy->terminal) finish(copy);
  }
}

/* Every process on the terminal has ended: what it holds is read, and then it is over. */
void copy_last_words(void) {
  last_words = true;
  for (size_t index = 0; index < COPIES; index++) copies[index].rest_until = 0;
  copy_input_over();
}
