/* Messages: a length of 32 bits, least byte first, then strings that each end with NUL. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "keeper.h"

/* 1, or 0 at the end. */
static int read_all(int fd, char *to, size_t size) {
  while (size > 0) {
    ssize_t got = read(fd, to, size);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
      if (errno == EAGAIN) poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1);
      continue;
    }
    if (got < 0) return errno == ECONNRESET ? 0 : -errno;
    if (got == 0) return 0;
    to += got;
    size -= (size_t)got;
  }
  return 1;
}

void message_free(struct message *message) {
  free(message->fields);
  free(message->data);
  *message = (struct message){0};
}

int message_receive(int fd, struct message *message) {
  unsigned char head[4];
  *message = (struct message){0};
  int result = read_all(fd, (char *)head, sizeof head);
  if (result <= 0) return result;
  size_t size = (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
  if (size == 0 || size > MAX_MESSAGE) return -EMSGSIZE;
  message->data = malloc(size);
  if (message->data == NULL) return -ENOMEM;
  result = read_all(fd, message->data, size);
  if (result == 1 && message->data[size - 1] != 0) result = -EBADMSG;
  if (result == 1) {
    for (size_t at = 0; at < size; at++) message->count += message->data[at] == 0;
    if (message->count > MAX_FIELDS) result = -EMSGSIZE;
  }
  if (result == 1) {
    message->fields = calloc(message->count + 1, sizeof *message->fields);
    if (message->fields == NULL) result = -ENOMEM;
  }
  if (result != 1) {
    message_free(message);
    return result;
  }
  char *at = message->data;
  for (size_t index = 0; index < message->count; index++) {
    message->fields[index] = at;
    at += strlen(at) + 1;
  }
  return 1;
}

/* Node reads always; where it does not any more, this fails and nobody is there to miss it. */
int message_send(int fd, size_t count, const char *const fields[]) {
  size_t size = 0;
  for (size_t index = 0; index < count; index++) size += strlen(fields[index]) + 1;
  char *data = malloc(size + 4);
  if (data == NULL) return -ENOMEM;
  for (int byte = 0; byte < 4; byte++) data[byte] = (char)(size >> (8 * byte));
  char *at = data + 4;
  for (size_t index = 0; index < count; index++) at = stpcpy(at, fields[index]) + 1;
  int result = 0;
  for (size_t sent = 0; sent < size + 4;) {
    ssize_t n = send(fd, data + sent, size + 4 - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
      continue;
    }
    if (n < 0) {
      result = -errno;
      break;
    }
    sent += (size_t)n;
  }
  free(data);
  return result;
}

struct number number_of(int64_t value) {
  struct number number;
  snprintf(number.text, sizeof number.text, "%lld", (long long)value);
  return number;
}
