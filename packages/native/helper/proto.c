#include "proto.h"

#include <string.h>
#include <sys/socket.h>

#include "sys.h"

void frame_start(struct frame *frame, uint8_t *bytes, uint8_t type) {
  frame->bytes = bytes;
  frame->bytes[4] = type;
  frame->size = 5;
}

static void put(struct frame *frame, const void *data, size_t size) {
  memcpy(frame->bytes + frame->size, data, size);
  frame->size += size;
}

void frame_i32(struct frame *frame, int32_t value) {
  put(frame, &value, sizeof value);
}

void frame_u64(struct frame *frame, uint64_t value) {
  put(frame, &value, sizeof value);
}

void frame_bytes(struct frame *frame, const void *data, size_t size) {
  frame_i32(frame, (int32_t)size);
  put(frame, data, size);
}

void frame_end(struct frame *frame) {
  uint32_t length = (uint32_t)(frame->size - 4);
  memcpy(frame->bytes, &length, sizeof length);
}

/* Waits while Node is busy; an error means that Node is gone, which the next read shows too. */
int frame_send(struct frame *frame) {
  frame_end(frame);
  for (size_t at = 0; at < frame->size;) {
    ssize_t n = send(CONTROL_FD, frame->bytes + at, frame->size - at, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -errno;
    at += (size_t)n;
  }
  return 0;
}

static int read_exact(uint8_t *at, size_t size) {
  while (size > 0) {
    ssize_t n = recv(CONTROL_FD, at, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -errno;
    if (n == 0) return -EPIPE;
    at += n;
    size -= (size_t)n;
  }
  return 0;
}

int read_plan(uint8_t **bytes, size_t *size) {
  uint8_t header[PLAN_HEADER];
  uint32_t claimed;
  int error = read_exact(header, sizeof header);
  if (error < 0) return error;
  memcpy(&claimed, header + 8, sizeof claimed);
  if (claimed < PLAN_HEADER || claimed > PLAN_MAX_SIZE) return -EBADMSG;
  *size = claimed;
  *bytes = scratch(claimed);
  if (*bytes == NULL) return -ENOMEM;
  memcpy(*bytes, header, sizeof header);
  return read_exact(*bytes + PLAN_HEADER, claimed - PLAN_HEADER);
}

/* The payload that each command has; anything else is not Node talking. */
static int payload_of(uint8_t type) {
  switch (type) {
    case CMD_GO: case CMD_ABORT: return 0;
    case CMD_KILL: return 8;
    case CMD_KILLALL: return 4;
    case CMD_RESIZE: return 12;
    default: return -1;
  }
}

static uint8_t buffer[17];
static size_t have;

void forget_command(void) {
  have = 0;
}

static void take(struct command *command) {
  *command = (struct command){.type = buffer[4]};
  memcpy(&command->request, buffer + 5, 4);
  if (command->type == CMD_KILL) memcpy(&command->signal, buffer + 9, 4);
  if (command->type != CMD_RESIZE) return;
  memcpy(&command->rows, buffer + 9, 4);
  memcpy(&command->columns, buffer + 13, 4);
}

int read_command(struct command *command, bool wait) {
  for (;;) {
    uint32_t length = 0;
    size_t want = 5;
    if (have >= 5) {
      memcpy(&length, buffer, sizeof length);
      int payload = payload_of(buffer[4]);
      if (payload < 0 || length != (uint32_t)payload + 1) return -EBADMSG;
      want = 4 + (size_t)length;
    }
    if (have >= 5 && have == want) {
      take(command);
      have = 0;
      return 1;
    }
    ssize_t n = recv(CONTROL_FD, buffer + have, want - have, wait ? 0 : MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) return -EPIPE;
    have += (size_t)n;
  }
}
